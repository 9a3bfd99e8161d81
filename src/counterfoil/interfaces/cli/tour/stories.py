"""The stories: what each request and claim is, sound or with one planted fault."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from counterfoil.core.money import Money, Rounding
from counterfoil.interfaces.cli.tour.papers import (
    ATTENDED,
    CATEGORY,
    PROOF,
    SUPPLIERS,
    TAX_PPM,
    Bill,
)
from counterfoil.interfaces.cli.tour.stage import workday

Used = tuple[date, Bill]
"""A bill and the day on which the claim was sent that used it first."""
CLAIM_WINDOW_DAYS = 30
LEAD_DAYS = 21
PROOF_OF_PAYMENT_MINOR = 250_000


class Fault(StrEnum):
    """What is wrong with a story, each with the code that must stop it."""

    NONE = "sound"
    SHORT_NOTICE = "short_notice"
    OUTSIDE_PERIOD = "outside_period"
    OVER_FUND = "over_fund"
    LATE = "late"
    REUSED_INVOICE = "reused_invoice"
    WRONG_PERIOD = "wrong_period"
    MISSING_PROOF = "missing_proof"
    OVER_PREAPPROVAL = "over_preapproval"
    SELF_DEALING = "self_dealing"


STOPPED_BY = {
    Fault.SHORT_NOTICE: "TOO_SHORT_NOTICE",
    Fault.OUTSIDE_PERIOD: "OUTSIDE_FUND_PERIOD",
    Fault.OVER_FUND: "FUND_EXCEEDED",
    Fault.LATE: "LATE_CLAIM",
    Fault.REUSED_INVOICE: "INVOICE_REUSED",
    Fault.WRONG_PERIOD: "OUTSIDE_ACTIVITY",
    Fault.MISSING_PROOF: "PROOF_MISSING",
    Fault.OVER_PREAPPROVAL: "PREAPPROVED_LEFT",
    Fault.SELF_DEALING: "SELF_DEALING",
}
REQUEST_FAULTS = (Fault.SHORT_NOTICE, Fault.OUTSIDE_PERIOD, Fault.OVER_FUND)
CLAIM_FAULTS = (
    Fault.LATE, Fault.REUSED_INVOICE, Fault.WRONG_PERIOD, Fault.MISSING_PROOF,
    Fault.OVER_PREAPPROVAL, Fault.SELF_DEALING,
)  # fmt: skip


@dataclass(slots=True)
class ClaimStory:
    """One claim: its bills, its fault, whether a returned one is mended, and how it ended."""

    seed: int
    fault: Fault
    bills: list[Bill]
    sent_on: date
    is_mended: bool = False
    missing_piece: str = ""
    right_supplied: tuple[date, date] | None = None
    expected: Money | None = None
    public_id: str = ""
    ended: str = ""
    codes: tuple[str, ...] = ()
    payable: Money | None = None
    decision_id: str = ""
    was_sent: bool = False


@dataclass(slots=True)
class RequestStory:
    """One request and the claims that draw on it."""

    seed: int
    fault: Fault
    partner_pk: int
    fund: str
    activity: str
    name: str
    asked_on: date
    starts: date
    ends: date
    amount: Money
    claims: list[ClaimStory] = field(default_factory=list)
    public_id: str = ""
    ended: str = ""
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class Purse:
    """What a partner may still ask of a fund, as the writer of the stories counts it."""

    partner_pk: int
    name: str
    left_minor: int


def write_stories(
    *,
    fund: str,
    opens: date,
    closes: date,
    currency: str,
    purses: Sequence[Purse],
    requests: int,
    claims: int,
    faulty_requests: int,
    faulty_claims: int,
    used: Sequence[Used],
    seed: int,
    first_day: date | None = None,
    days: int = 60,
) -> list[RequestStory]:
    """This will write the stories of one fund; equal arguments give equal stories.

    `used` are bills of claims sent before, for those that hand an invoice in again.
    """
    rng = random.Random(f"stories:{seed}:{fund}")  # noqa: S311  a demo's plot, no secret
    rich = [p for p in purses if p.left_minor >= 4_000]
    stories: list[RequestStory] = []
    faults = _spread(rng, requests, faulty_requests, REQUEST_FAULTS)
    begin = first_day or opens
    for number in range(requests):
        if not rich:
            break
        purse = rich[number % len(rich)]
        share = min(purse.left_minor * rng.randint(30, 45) // 100, 2_400_000)
        if share < 1_500:
            rich.remove(purse)
            continue
        story = _request(
            rng, seed * 100_000 + number, faults[number], purse, fund, Money(share, currency),
            begin, opens, closes, days,
        )  # fmt: skip
        if story.fault is Fault.OVER_FUND:
            story.amount = Money(purse.left_minor + 100_00, currency)
        elif story.fault is Fault.NONE:
            purse.left_minor -= share
        stories.append(story)
    _write_claims(rng, stories, purses, claims, faulty_claims, list(used), seed)
    return stories


def _spread(rng: random.Random, count: int, faulty: int, kinds: Sequence[Fault]) -> list[Fault]:
    """Return `count` faults of which `faulty` are planted, the kinds in turn, shuffled."""
    planted = [kinds[n % len(kinds)] for n in range(min(faulty, count))]
    found = [*planted, *([Fault.NONE] * (count - len(planted)))]
    rng.shuffle(found)
    return found


def _request(
    rng: random.Random,
    seed: int,
    fault: Fault,
    purse: Purse,
    fund: str,
    amount: Money,
    begin: date,
    opens: date,
    closes: date,
    days: int,
) -> RequestStory:
    activity = rng.choice(sorted(PROOF))
    asked = workday(begin + timedelta(days=rng.randint(1, days)))
    starts = asked + timedelta(days=LEAD_DAYS + rng.randint(0, 20))
    if fault is Fault.SHORT_NOTICE:
        starts = asked + timedelta(days=5)
    if fault is Fault.OUTSIDE_PERIOD:
        starts = closes + timedelta(days=20)
    starts = max(starts, opens)
    return RequestStory(
        seed=seed, fault=fault, partner_pk=purse.partner_pk, fund=fund, activity=activity,
        name=f"{activity.replace('_', ' ').capitalize()} {asked:%B} no. {seed % 1000}",
        asked_on=asked, starts=starts, ends=starts + timedelta(days=rng.randint(1, 4)),
        amount=amount,
    )  # fmt: skip


def _write_claims(
    rng: random.Random,
    stories: list[RequestStory],
    purses: Sequence[Purse],
    claims: int,
    faulty: int,
    used: list[Used],
    seed: int,
) -> None:
    names = {p.partner_pk: p.name for p in purses}
    sound = [s for s in stories if s.fault is Fault.NONE]
    if not sound:
        return
    faults = _spread(rng, claims, faulty, CLAIM_FAULTS)
    for number, fault in enumerate(faults):
        request = sound[number % len(sound)]
        is_last = number + len(sound) >= claims
        # The first of two claims leaves something for the second.
        ceiling = request.amount.minor * (96 if is_last else 40) // 100
        left = ceiling - (request.amount.minor * 45 // 100 if request.claims else 0)
        if left < 600:
            continue
        if fault is Fault.REUSED_INVOICE and not used:
            fault = Fault.SELF_DEALING
        if fault is Fault.OVER_PREAPPROVAL and not is_last:
            # It takes all that is left, so nothing may draw on the request after it.
            fault = Fault.LATE
        claim = _claim(
            rng, seed * 100_000 + 50_000 + number, fault, request, left, used,
            names[request.partner_pk],
        )  # fmt: skip
        request.claims.append(claim)
        if fault is Fault.NONE:
            used.append((claim.sent_on, claim.bills[0]))


def _claim(
    rng: random.Random,
    seed: int,
    fault: Fault,
    request: RequestStory,
    left_minor: int,
    used: list[Used],
    partner: str,
) -> ClaimStory:
    if fault is Fault.OVER_PREAPPROVAL:
        left_minor = request.amount.minor * 3 // 2
    net_total = max(2 * left_minor - rng.randint(0, 99), 301)
    count = 1 if fault not in {Fault.NONE, Fault.OVER_PREAPPROVAL} else rng.choice((1, 1, 2, 3))
    bills = [
        _bill(rng, seed * 10 + n, request, net, partner if fault is Fault.SELF_DEALING else "")
        for n, net in enumerate(_parts(rng, net_total, count))
    ]
    sent = request.ends + timedelta(days=rng.randint(2, 20))
    claim = ClaimStory(seed, fault, bills, workday(sent))
    if fault is Fault.LATE:
        claim.sent_on = workday(
            request.ends + timedelta(days=CLAIM_WINDOW_DAYS + rng.randint(5, 30))
        )
    elif fault is Fault.REUSED_INVOICE:
        # Only a bill that was handed in days before: whoever comes second is stopped.
        earlier = [bill for sent_on, bill in used if sent_on < claim.sent_on - timedelta(days=3)]
        if earlier:
            claim.bills = [_again(rng, rng.choice(earlier), request)]
        else:
            claim.fault = Fault.SELF_DEALING
            claim.bills = [replace(bills[0], supplier=partner)]
    elif fault is Fault.WRONG_PERIOD:
        claim.right_supplied = bills[0].supplied
        wrong = (request.starts - timedelta(days=130), request.starts - timedelta(days=128))
        claim.bills = [replace(bills[0], supplied=wrong)]
        claim.is_mended = rng.random() < 0.5
    elif fault is Fault.MISSING_PROOF:
        claim.missing_piece = PROOF[request.activity][-1][0]
        claim.is_mended = rng.random() < 0.5
    return claim


def _parts(rng: random.Random, total: int, count: int) -> list[int]:
    cuts = sorted(rng.sample(range(1, total), count - 1)) if count > 1 else []
    return [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]


def _bill(
    rng: random.Random, seed: int, request: RequestStory, net_minor: int, own_name: str
) -> Bill:
    supplier = own_name or SUPPLIERS[rng.randrange(len(SUPPLIERS))][0]
    net = Money(net_minor, request.amount.currency)
    tax = net.times_ppm(TAX_PPM, Rounding.HALF_UP)
    issued = request.ends + timedelta(days=1)
    is_large = net.minor + tax.minor > PROOF_OF_PAYMENT_MINOR
    return Bill(
        supplier=supplier,
        number=f"{supplier[:2].upper()}-{issued:%Y}-{seed % 10_000_000:07d}",
        issued_on=issued,
        supplied=(request.starts, request.ends),
        net=net,
        tax=tax,
        category=CATEGORY[request.activity],
        paid_on=issued if is_large else None,
    )


def _again(rng: random.Random, bill: Bill, request: RequestStory) -> Bill:
    """Return an earlier bill, its number spelled otherwise, its days made to fit."""
    spelled = rng.choice((str.lower, lambda t: t.replace("-", " "), lambda t: t.replace("-", "/")))
    return replace(
        bill, number=spelled(bill.number), supplied=(request.starts, request.ends),
        category=CATEGORY[request.activity],
    )  # fmt: skip


def is_attended(activity: str) -> bool:
    """This will tell whether people come together at the activity."""
    return activity in ATTENDED
