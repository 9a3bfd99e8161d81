"""The ending: what must be true after the tour, each statement with what was counted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.selectors import balances, tracker_rows
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import system_actor
from counterfoil.core.money import Money
from counterfoil.flows.replay import replay_all
from counterfoil.flows.verify_log import sequence_log, sign_log, verify_log
from counterfoil.foundation.acting import acting_as, staff, worker
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.tour.play import Diary
from counterfoil.interfaces.cli.tour.stage import Stage
from counterfoil.interfaces.cli.tour.stories import STOPPED_BY, ClaimStory, Fault, RequestStory

TOUR = system_actor("tour")


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that must be true, whether it is, and what was counted."""

    says: str
    is_true: bool
    counted: str
    exceptions: tuple[str, ...] = ()


def statements_of(
    stage: Stage,
    stories: Sequence[RequestStory],
    diary: Diary,
    *,
    at: datetime,
    earned: Mapping[str, int],
    progress: Callable[[int, int], None] | None = None,
) -> list[Statement]:
    """This will check every statement; `earned` are minor units by fund period, computed apart."""
    claims = [c for s in stories for c in s.claims if c.was_sent]
    found = [
        _faults_stopped(stories, claims),
        _nothing_sound_refused(stories, claims),
        _paid_exactly(claims),
        Statement(
            "Nothing unexpected happened on the way", not diary.surprises,
            f"{diary.submissions} submissions, {diary.files} files", tuple(diary.surprises[:20]),
        ),
    ]  # fmt: skip
    with acting_as(staff()):
        found += [
            _tracker_equals_ledger(stage),
            _earned_agrees(stage, earned),
            _nothing_owed(stage),
        ]
    with acting_as(worker()):
        replayed = replay_all(by=TOUR, at=at, progress=progress)
    found.append(
        Statement(
            "Every decision replays byte for byte", replayed.is_clean and replayed.checked > 0,
            f"{replayed.checked} decisions recomputed",
            tuple(f"{r.number}: {'; '.join(r.differences)}" for r in replayed.differing[:20]),
        )
    )  # fmt: skip
    found.append(log_verifies(at))
    return found


def _faults_stopped(stories: Sequence[RequestStory], claims: Sequence[ClaimStory]) -> Statement:
    planted: Counter[str] = Counter()
    missed = []
    acted = [s for s in stories if s.public_id]
    both: list[RequestStory | ClaimStory] = [*acted, *claims]
    for story in both:
        if story.fault is Fault.NONE:
            continue
        code = STOPPED_BY[story.fault]
        planted[story.fault.value] += 1
        if code not in story.codes:
            missed.append(f"{story.public_id} {story.fault.value}: {story.ended} {story.codes}")
        elif story.ended == "qualified" and not _may_end_well(story):
            missed.append(f"{story.public_id} {story.fault.value} was approved all the same")
    counted = ", ".join(f"{count} {fault}" for fault, count in sorted(planted.items()))
    return Statement(
        "Every planted fault was stopped with its right code", not missed and bool(planted),
        f"{sum(planted.values())} planted: {counted}", tuple(missed[:20]),
    )  # fmt: skip


def _may_end_well(story: RequestStory | ClaimStory) -> bool:
    """A cut claim is approved for what is left, a mended one for what it now proves."""
    if not isinstance(story, ClaimStory):
        return False
    return story.fault is Fault.OVER_PREAPPROVAL or story.is_mended


def _nothing_sound_refused(
    stories: Sequence[RequestStory], claims: Sequence[ClaimStory]
) -> Statement:
    acted = [s for s in stories if s.public_id]
    both: list[RequestStory | ClaimStory] = [*acted, *claims]
    sound = [s for s in both if s.fault is Fault.NONE]
    refused = [f"{s.public_id}: {s.ended} {s.codes}" for s in sound if s.ended != "qualified"]
    return Statement(
        "Nothing sound was refused", not refused and bool(sound),
        f"{len(sound)} sound submissions approved", tuple(refused[:20]),
    )  # fmt: skip


def half_of(net_minor: int) -> int:
    """This will halve minor units, half to even: own arithmetic, apart from the core."""
    half, rest = divmod(net_minor, 2)
    return half + (half & 1 if rest else 0)


def _paid_exactly(claims: Sequence[ClaimStory]) -> Statement:
    wrong = []
    checked = 0
    for claim in claims:
        is_whole = claim.fault is Fault.NONE or claim.is_mended
        if not is_whole or claim.ended != "qualified" or claim.payable is None:
            continue
        checked += 1
        expected = half_of(sum(bill.net.minor for bill in claim.bills))
        if claim.payable.minor != expected:
            wrong.append(f"{claim.public_id}: {claim.payable} instead of {expected}")
    return Statement(
        "Each sound claim is approved for half of its net amount, to the cent",
        not wrong and checked > 0, f"{checked} claims", tuple(wrong[:20]),
    )  # fmt: skip


def _tracker_equals_ledger(stage: Stage) -> Statement:
    """Sum the accounts one by one and compare with the tracker's single query."""
    wrong = []
    rows = {(r.fund, r.period): r for r in tracker_rows()}
    for fund in stage.funds.values():
        row = rows.get((fund.public_id, fund.period))
        sums: Counter[AccountKind] = Counter()
        for account in balances(fund=fund.public_id):
            sums[account.account.kind] += account.balance.minor
        pairs = {
            "available": (row.available if row else None, AccountKind.ALLOC_AVAILABLE),
            "pre-approved (open)": (row.committed if row else None, AccountKind.ALLOC_COMMITTED),
            "claimed": (row.claimed if row else None, AccountKind.ALLOC_CONSUMED),
        }
        for name, (figure, kind) in pairs.items():
            shown = figure.minor if isinstance(figure, Money) else 0
            if shown != sums[kind]:
                wrong.append(f"{fund.period} {name}: tracker {shown}, ledger {sums[kind]}")
        if row is not None and row.claimed.minor != row.approved.minor + row.paid.minor:
            wrong.append(f"{fund.period}: claimed is not approved + paid")
    return Statement(
        "Tracker = ledger for every fund and quarter", not wrong,
        f"{len(stage.funds)} fund periods", tuple(wrong[:20]),
    )  # fmt: skip


def _earned_agrees(stage: Stage, earned: Mapping[str, int]) -> Statement:
    rows = {r.period: r for r in tracker_rows()}
    wrong = [
        f"{period}: {rows[period].allocated if period in rows else 'nothing'} instead of {minor}"
        for period, minor in earned.items()
        if (rows[period].allocated.minor if period in rows else 0) != minor
    ]
    total = Money(sum(earned.values()), stage.currency).format_plain()
    return Statement(
        "What partners earned agrees with a separate computation, to the cent",
        not wrong and bool(earned), f"{len(earned)} quarters, {total}", tuple(wrong[:20]),
    )  # fmt: skip


def _nothing_owed(stage: Stage) -> Statement:
    open_accounts = [
        f"{row.account.code}: {row.balance}"
        for row in balances(kinds=[AccountKind.PAYABLE, AccountKind.PAYABLE_BILLED])
        if not row.balance.is_zero
    ]
    paid = sum(r.paid.minor for r in tracker_rows())
    return Statement(
        "Every payable was billed, and every bill paid", not open_accounts and paid > 0,
        f"{Money(paid, stage.currency).format_plain()} paid", tuple(open_accounts[:20]),
    )  # fmt: skip


def log_verifies(at: datetime) -> Statement:
    """This will number, sign and verify the audit log."""
    key, store = adapter("signing_key"), adapter("checkpoint_store")
    with acting_as(worker()):
        while sequence_log(at=at):
            continue
    with acting_as(worker()):
        sign_log(at=at, key=key, store=store)
    with acting_as(worker()):
        verdict = verify_log(by=TOUR, at=at, key=key, store=store)
    return Statement(
        "The audit log verifies", verdict.is_sound and verdict.leaves > 0,
        f"{verdict.leaves} events, {verdict.checkpoints} checkpoints",
        tuple(str(finding) for finding in verdict.findings[:20]),
    )  # fmt: skip


def file_report(
    title: str, statements: Sequence[Statement], figures: Mapping[str, str], *, at: datetime
) -> None:
    """This will keep the report as an event of the audit log, where the console shows it."""
    data: dict[str, Any] = {
        "title": title,
        "statements": [
            {
                "says": s.says,
                "is_true": s.is_true,
                "counted": s.counted,
                "exceptions": list(s.exceptions),
            }
            for s in statements
        ],
        "figures": [[name, value] for name, value in figures.items()],
    }
    with acting_as(staff()):
        record_event(
            by=TOUR, at=at, action="tour.finished", object_type="tour", object_id=title, data=data
        )
