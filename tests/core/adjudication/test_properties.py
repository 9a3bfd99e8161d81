"""What holds for every case: sums, monotony, determinism."""

from datetime import date
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.adjudication import (
    Case,
    Fact,
    Line,
    Outcome,
    Proof,
    Provenance,
    adjudicate,
    case_from_json,
    case_to_json,
    declared,
    system,
)
from counterfoil.core.canonical import canonical_json
from counterfoil.core.criteria import Outcome as Verdict
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, load_playbook
from counterfoil.core.playbooks.examples import weekdays_only
from tests.core.playbooks.support import (
    EUR_USD,
    FIRST,
    LAST,
    SENT,
    claim_facts,
    eur,
    shipped,
    shipped_text,
)

CENTS = st.integers(0, 3_000_000)
DAYS = st.dates(date(2026, 8, 1), date(2026, 12, 31))
BOOLEANS = st.booleans()


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(strategy, st.none())


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    found = []
    for index in range(draw(st.integers(0, 5))):
        values = {
            "supplier": "A",
            "number": str(index),
            "date": draw(DAYS),
            "category": draw(st.sampled_from(["booth", "deposit", "alcohol", "media"])),
            "supplied": draw(st.sampled_from([Period(FIRST, LAST), Period(SENT, SENT)])),
            "net": draw(maybe(CENTS.map(lambda minor: Money(minor, "EUR")))),
            "tax": Money(draw(CENTS), draw(st.sampled_from(["EUR", "EUR", "EUR", "GBP"]))),
            "other_funding": draw(maybe(CENTS.map(lambda minor: Money(minor, "EUR")))),
            "paid_on": draw(maybe(DAYS)),
        }
        facts = {name: declared(value) for name, value in values.items() if value is not None}
        facts["duplicate_invoice"] = system(draw(BOOLEANS))
        facts["self_dealing"] = system(value=False)
        found.append(Line(f"l{index}", facts))
    return tuple(found)


PROOFS = st.sampled_from(
    [
        Proof("invoice", "a" * 64),
        Proof("invoice", "b" * 64, not_qualifying="quotation"),
        Proof("activity_proof", "c" * 64, piece="invitation"),
        Proof("activity_proof", "d" * 64, piece="photo_of_event"),
        Proof("payment_proof", "e" * 64),
        Proof("payment_proof", "f" * 64, line="l0"),
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    facts = claim_facts(
        submitted_on=system(draw(DAYS)),
        request__remaining=system(Money(draw(CENTS), "EUR")),
        payee__recovers_tax=draw(st.sampled_from([system(value=True), system(value=False), None])),
        attendees=draw(st.sampled_from([declared(184), None])),
        logo_visible=draw(
            st.sampled_from([None, *(Fact(value=True, provenance=each) for each in Provenance)])
        ),
    )
    return Case(
        facts,
        draw(lines()),
        tuple(draw(st.lists(PROOFS, max_size=6))),
        draw(st.sampled_from([(), (EUR_USD,)])),
        "weekdays",
        weekdays_only,
    )


@given(cases())
def test_requested_is_paid_plus_the_coded_adjustments(case: Case) -> None:
    found = adjudicate(shipped("mdf-claim"), case, on=SENT)

    for amount in (found.amount, found.estimate):
        assert amount is not None
        total = sum(money.minor for _, money in amount.adjustments)
        assert amount.requested.minor == amount.payable.minor + total
        assert all(not step.adjustment.is_negative for step in amount.steps)
        assert not amount.payable.is_negative
        assert amount.requested.minor == sum(line.requested.minor for line in amount.lines)
        for step in amount.steps:
            if step.by_line:
                assert step.adjustment.minor == sum(money.minor for _, money in step.by_line)
    if found.outcome is not Outcome.QUALIFIED:
        assert not found.route.automatic
    if found.outcome is Outcome.NOT_QUALIFIED:
        assert found.amount is not None
        assert found.amount.payable.is_zero


@given(cases())
def test_a_stored_case_is_judged_to_the_same_bytes(case: Case) -> None:
    first = adjudicate(shipped("mdf-claim"), case, on=SENT)

    again = case_from_json(case_to_json(case), add_business_days=weekdays_only)
    second = adjudicate(shipped("mdf-claim"), again, on=SENT)

    assert canonical_json(second.to_record()) == canonical_json(first.to_record())


@given(cases(), PROOFS.filter(lambda proof: proof.not_qualifying is None))
def test_more_evidence_never_turns_a_pass_into_something_else(case: Case, more: Proof) -> None:
    before = adjudicate(shipped("mdf-claim"), case, on=SENT)
    richer = Case(
        case.facts, case.lines, (*case.evidence, more), case.rates, case.calendar, weekdays_only
    )
    after = adjudicate(shipped("mdf-claim"), richer, on=SENT)

    for one, other in zip(before.results, after.results, strict=True):
        if one.outcome is Verdict.PASS:
            assert other.outcome is Verdict.PASS


@given(cases(), st.sampled_from(list(Provenance)))
def test_trust_only_opens_what_was_unknown(case: Case, trust: Provenance) -> None:
    """A detail established by somebody more trusted may settle an unknown; it turns no verdict
    round.
    """
    logo = case.facts.get("logo_visible")
    if logo is None or trust < logo.provenance:
        return
    before = adjudicate(shipped("mdf-claim"), case, on=SENT)
    facts = {**case.facts, "logo_visible": Fact(logo.value, trust)}
    trusted = Case(facts, case.lines, case.evidence, case.rates, case.calendar, weekdays_only)
    after = adjudicate(shipped("mdf-claim"), trusted, on=SENT)

    for one, other in zip(before.results, after.results, strict=True):
        assert one.outcome is Verdict.UNKNOWN or one.outcome is other.outcome


@given(CENTS, st.sampled_from([0, 1, 33, 50, 75, 99, 100]))
def test_both_shares_of_a_sum_make_the_sum(minor: int, percent: int) -> None:
    line = Line(
        "l1",
        {
            "net": declared(Money(minor, "EUR")),
            "tax": declared(eur("0.00")),
            "duplicate_invoice": system(value=False),
        },
    )
    found = adjudicate(
        with_share(percent),
        Case(claim_facts(request__remaining=system(eur("999999.00"))), (line,)),
        on=SENT,
    )

    assert found.estimate is not None
    (share,) = [step for step in found.estimate.steps if step.code == "OUR_SHARE"]
    exact = minor * percent
    kept = found.estimate.payable.minor
    assert share.adjustment.minor + kept == minor
    assert abs(kept * 100 - exact) <= 50
    if abs(kept * 100 - exact) == 50:
        assert kept % 2 == 0


@cache
def with_share(percent: int) -> Playbook:
    """Return the shipped claim with another share of ours."""
    text = shipped_text("mdf-claim").replace("value: 50%", f"value: {percent}%")
    return load_playbook(text, file="x")
