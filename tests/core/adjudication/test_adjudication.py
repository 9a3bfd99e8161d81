"""A case judged by the shipped playbooks: each code, the sum, the routing, the record."""

import json
from datetime import date, timedelta

import pytest

from counterfoil.core import canonical
from counterfoil.core.adjudication import (
    Action,
    Adjudication,
    Case,
    CaseMismatch,
    Fact,
    Line,
    Outcome,
    Proof,
    Provenance,
    adjudicate,
    case_from_json,
    declared,
    system,
)
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money, Rate
from counterfoil.core.playbooks import Role, load_playbook
from counterfoil.core.playbooks.examples import weekdays_only
from counterfoil.core.playbooks.model import Ask
from tests.core.playbooks.support import (
    CLAIM_EVIDENCE,
    FIRST,
    LAST,
    SENT,
    claim,
    claim_line,
    claim_lines,
    eur,
    request,
    shipped,
    shipped_text,
    sound_claim,
)


def judged(case: Case, name: str = "mdf-claim", *, on: date = SENT) -> Adjudication:
    return adjudicate(shipped(name), case, on=on)


def yes() -> Fact:
    return system(value=True)


def no() -> Fact:
    return system(value=False)


# The claim of the design pages


def test_the_claim_of_the_design_pages_comes_to_its_cents() -> None:
    found = judged(claim())

    assert found.outcome is Outcome.QUALIFIED
    assert found.failed_lines == ("l2",)
    assert found.curable_lines == ("l2",)
    amount = found.amount
    assert amount is not None
    assert str(amount.requested) == "21170.10 EUR"
    assert [(step.code, str(step.adjustment)) for step in amount.steps] == [
        ("TAX", "3380.10 EUR"),
        ("NOT_ELIGIBLE", "600.00 EUR"),
        ("OTHER_FUNDING", "500.00 EUR"),
        ("OUR_SHARE", "8345.00 EUR"),
        ("PREAPPROVED_LEFT", "145.00 EUR"),
    ]
    assert str(amount.payable) == "8200.00 EUR"
    assert [code for code, _ in amount.cuts] == ["NOT_ELIGIBLE", "PREAPPROVED_LEFT"]
    assert found.route.approvers_in_turn == (Role.OPERATIONS,)


def test_what_a_machine_saw_waits_for_a_person_and_is_never_a_pass() -> None:
    seen = Fact(value=True, provenance=Provenance.EXTRACTED)

    found = judged(claim(logo_visible=seen))

    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert found.action is Action.VERIFY
    assert found.waits_for is Ask.REVIEWER
    (logo,) = found.unknown
    assert logo.criterion.id == "MDF-05"
    assert logo.needs_verification
    assert logo.missing[0].detail == "extracted, needs human_verified"


def test_below_the_limit_a_machine_suffices() -> None:
    lines = (claim_line("l1", "100.00", "19.00", "booth"),)
    seen = Fact(value=True, provenance=Provenance.EXTRACTED)

    found = judged(claim(lines=lines, logo_visible=seen))

    assert found.outcome is Outcome.QUALIFIED
    assert found.route.automatic


def test_without_a_rate_the_stricter_floor_and_the_strictest_route_hold() -> None:
    lines = (claim_line("l1", "100.00", "19.00", "booth"),)
    seen = Fact(value=True, provenance=Provenance.EXTRACTED)

    found = judged(claim(lines=lines, rates=(), logo_visible=seen))

    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert found.route.approvers_in_turn == (Role.OPERATIONS, Role.FINANCE_CHECKER)
    assert found.route.missing


# Each fault is stopped with its code


def changed_line(**more: Fact) -> tuple[Line, ...]:
    line = claim_line("l1", "1000.00", "190.00", "booth")
    return (Line(line.id, {**line.facts, **more}),)


STOPPED: dict[str, tuple[Case, str, Action]] = {
    "late": (sound_claim(submitted_on=system(LAST + timedelta(31))), "LATE_CLAIM", Action.DECLINE),
    "not pre-approved": (
        sound_claim(request__approved_on=system(FIRST + timedelta(1))),
        "NOT_PRE_APPROVED",
        Action.DECLINE,
    ),
    "reused invoice": (
        claim(lines=changed_line(duplicate_invoice=yes())),
        "INVOICE_REUSED",
        Action.DECLINE,
    ),
    "reused file": (sound_claim(duplicate_evidence=yes()), "EVIDENCE_REUSED", Action.DECLINE),
    "wrong period": (
        claim(lines=changed_line(supplied=declared(Period(date(2026, 3, 1), date(2026, 3, 2))))),
        "OUTSIDE_ACTIVITY",
        Action.RETURN,
    ),
    "missing proof": (
        claim(lines=changed_line(), evidence=CLAIM_EVIDENCE[:2]),
        "PROOF_MISSING",
        Action.RETURN,
    ),
    "stock photo": (
        claim(
            lines=changed_line(),
            evidence=(
                *CLAIM_EVIDENCE[:2],
                Proof(
                    "activity_proof",
                    "c" * 64,
                    piece="photo_of_event",
                    not_qualifying="stock_photo",
                ),
            ),
        ),
        "PROOF_MISSING",
        Action.RETURN,
    ),
    "no invoice": (
        claim(lines=changed_line(), evidence=CLAIM_EVIDENCE[1:]),
        "INVOICE_MISSING",
        Action.RETURN,
    ),
    "self-dealing": (
        claim(lines=changed_line(self_dealing=yes())),
        "SELF_DEALING",
        Action.DECLINE,
    ),
    "other currency": (
        claim(lines=changed_line(net=declared(Money.parse("1000.00", "GBP")))),
        "CURRENCY_MISMATCH",
        Action.RETURN,
    ),
    "payment not proven": (
        claim(
            lines=(claim_line("l1", "5000.00", "950.00", "booth"),), evidence=CLAIM_EVIDENCE[:3]
        ),
        "PAYMENT_PROOF_MISSING",
        Action.RETURN,
    ),
    "inactive partner": (
        sound_claim(partner__is_active=no()),
        "PARTNER_NOT_ACTIVE",
        Action.DECLINE,
    ),
    "no agreement": (
        sound_claim(agreement__in_force=no()),
        "AGREEMENT_NOT_IN_FORCE",
        Action.RETURN,
    ),
    "other activity": (
        sound_claim(request__activity=system("seminar")),
        "PLAN_CHANGED",
        Action.RETURN,
    ),
    "used up": (
        sound_claim(request__remaining=system(eur("0.00"))),
        "PREAPPROVAL_USED_UP",
        Action.DECLINE,
    ),
    "wine": (
        claim(lines=changed_line(category=declared("alcohol"))),
        "COST_NOT_ELIGIBLE",
        Action.DECLINE,
    ),
    "no logo": (
        sound_claim(logo_visible=Fact(value=False, provenance=Provenance.HUMAN_VERIFIED)),
        "NO_BRANDING",
        Action.RETURN,
    ),
}


@pytest.mark.parametrize("fault", STOPPED)
def test_a_faulty_claim_is_stopped_with_its_code_and_pays_nothing(fault: str) -> None:
    case, code, action = STOPPED[fault]

    found = judged(case)

    assert found.outcome is Outcome.NOT_QUALIFIED
    assert code in found.codes
    assert found.action is action
    assert found.amount is not None
    assert found.amount.payable.is_zero
    assert not found.route.automatic


def test_a_sound_claim_is_not_refused() -> None:
    found = judged(sound_claim())

    assert (found.outcome, found.action, found.codes) == (Outcome.QUALIFIED, Action.APPROVE, ())
    assert found.gaps == ()


def test_a_claim_above_the_pre_approval_is_cut_to_what_is_left() -> None:
    found = judged(sound_claim(request__remaining=system(eur("1000.00"))))

    assert found.outcome is Outcome.QUALIFIED
    assert found.amount is not None
    assert found.amount.payable == eur("1000.00")
    assert ("PREAPPROVED_LEFT", eur("7345.00")) in found.amount.cuts


def test_a_large_sum_needs_finance_as_well() -> None:
    lines = (claim_line("l1", "30000.00", "0.00", "booth"),)

    found = judged(claim(lines=lines, request__remaining=system(eur("20000.00"))))

    assert found.route.approvers_in_turn == (Role.OPERATIONS, Role.FINANCE_CHECKER)


def test_the_refused_sum_goes_under_the_gravest_code_and_the_estimate_stays() -> None:
    found = judged(claim(submitted_on=system(LAST + timedelta(31))))

    assert found.amount is not None
    assert found.estimate is not None
    assert found.amount.steps[-1].code == "LATE_CLAIM"
    assert found.estimate.payable == eur("8200.00")


REFUSED = {
    "short notice": (request(submitted_on=system(date(2026, 10, 1))), "TOO_SHORT_NOTICE"),
    "outside the fund": (request(fund__closes_on=system(FIRST)), "OUTSIDE_FUND_PERIOD"),
    "fund too small": (request(fund__available=system(eur("3999.99"))), "FUND_EXCEEDED"),
    "no outcome": (request(expected_outcome=declared("Awareness")), "NO_EXPECTED_OUTCOME"),
    "not eligible": (request(activity=declared("hospitality")), "ACTIVITY_NOT_ELIGIBLE"),
    "asked twice": (request(duplicate_request=yes()), "DUPLICATE_REQUEST"),
    "over the share": (request(requested_amount=declared(eur("4000.01"))), "OVER_SHARE"),
    "inactive": (request(partner__is_active=no()), "PARTNER_NOT_ACTIVE"),
    "no agreement": (request(agreement__in_force=no()), "AGREEMENT_NOT_IN_FORCE"),
    "turned round": (request(activity_end=declared(FIRST - timedelta(1))), "DATES_TURNED_ROUND"),
    "reused file": (request(duplicate_evidence=yes()), "EVIDENCE_REUSED"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_request_is_stopped_with_its_code(fault: str) -> None:
    case, code = REFUSED[fault]

    found = judged(case, "mdf-request", on=date(2026, 9, 1))

    assert found.outcome is Outcome.NOT_QUALIFIED
    assert found.codes == (code,)


def test_a_request_without_its_quotation_is_stopped() -> None:
    case = request()
    bare = Case(case.facts, rates=case.rates, add_business_days=weekdays_only)

    assert judged(bare, "mdf-request").codes == ("QUOTATION_MISSING",)


def test_a_sound_request_commits_what_was_asked_for() -> None:
    found = judged(request(), "mdf-request", on=date(2026, 9, 1))

    assert found.outcome is Outcome.QUALIFIED
    assert found.amount is not None
    assert found.amount.payable == eur("4000.00")


def test_without_a_calendar_business_days_are_unknown() -> None:
    case = request()
    found = judged(Case(case.facts, evidence=case.evidence, rates=case.rates), "mdf-request")

    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert found.action is Action.WAIT


# What is missing, in words


def test_what_is_missing_is_said_in_both_languages_and_by_line() -> None:
    lines = (
        Line(
            "l1",
            {
                "supplier": declared("A"),
                "net": declared(eur("9000.00")),
                "tax": declared(eur("0.00")),
            },
        ),
    )
    case = claim(
        lines=lines,
        evidence=CLAIM_EVIDENCE[1:2],
        attendees=None,
        activity_name=declared("x" * 200),
    )

    found = judged(case)

    english = [gap.say("en") for gap in found.gaps]
    assert "Name of the activity has more than 120 characters." in english
    assert "Number of attendees is missing." in english
    assert "Line 1: When did you pay it? is missing." in english
    assert "Line 1: Proof of payment is missing." in english
    assert "Third-party invoice is missing." in english
    assert "Photo of the event is missing." in english
    assert "Zeile 1: Zahlungsnachweis fehlt." in [gap.say("de") for gap in found.gaps]


def test_alternatives_are_named_together() -> None:
    case = claim(activity=declared("tv_radio"), request__activity=system("tv_radio"))

    said = [gap.say("en") for gap in judged(case).gaps]

    assert "The final spot or a recording or Link to the final spot is missing." in said


def test_a_file_that_does_not_count_names_its_code() -> None:
    quotation = Proof("invoice", "a" * 64, not_qualifying="quotation")

    (gap,) = judged(claim(evidence=(quotation, *CLAIM_EVIDENCE[1:]))).gaps

    assert (gap.path, gap.rejected) == ("evidence.invoice", ("NOT_AN_INVOICE",))


def test_amounts_below_zero_are_named_and_never_raise_what_is_paid() -> None:
    lines = (claim_line("l1", "1000.00", "0.00", "booth", other_funding=declared(eur("-500.00"))),)

    found = judged(claim(lines=lines))

    assert [gap.path for gap in found.gaps] == ["lines[0].other_funding"]
    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert found.amount is not None
    assert found.amount.payable == eur("500.00")


def test_the_same_file_twice_is_one_piece_of_proof() -> None:
    text = shipped_text("mdf-claim").replace(
        "    proves: cost\n    min: 1\n    max: 50", "    proves: cost\n    min: 2\n    max: 50", 1
    )
    playbook = load_playbook(text, file="x")
    twice = (CLAIM_EVIDENCE[0], CLAIM_EVIDENCE[0], *CLAIM_EVIDENCE[1:])

    found = adjudicate(playbook, claim(evidence=twice), on=SENT)

    assert "INVOICE_MISSING" in found.codes


@pytest.mark.parametrize(
    "name",
    [
        "submitted_on",
        "partner.is_active",
        "fund.currency",
        "request.remaining",
        "payee.recovers_tax",
    ],
)
def test_what_the_system_has_not_established_is_never_assumed(name: str) -> None:
    found = judged(sound_claim(**{name.replace(".", "__"): None}))

    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert found.action is Action.WAIT
    assert not found.route.automatic


def test_a_partner_cannot_establish_what_only_the_system_may() -> None:
    found = judged(sound_claim(partner__is_active=declared(value=True)))

    (unknown,) = found.unknown
    assert unknown.criterion.id == "MDF-11"


def test_a_claim_without_lines_needs_them() -> None:
    found = judged(claim(lines=()))

    assert found.outcome is Outcome.NEEDS_INFORMATION
    assert [gap.say("en") for gap in found.gaps] == ["Invoice lines: at least 1 needed."]


def test_terms_are_those_of_the_day_of_approval() -> None:
    text = shipped_text("mdf-claim").replace(
        "values: [{from: 2017-01-01, value: 50%, reference: POL-7}]",
        "values: [{from: 2017-01-01, value: 50%, reference: POL-7}, "
        "{from: 2026-10-01, value: 10%, reference: POL-11}]",
        1,
    )
    found = adjudicate(load_playbook(text, file="x"), claim(), on=SENT)

    assert found.terms_on == date(2026, 9, 21)
    assert found.amount is not None
    assert dict(found.amount.adjustments)["OUR_SHARE"] == eur("8345.00")


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (claim(leads_of_last_year=declared(3)), "leads_of_last_year"),
        (claim(request__is_used_up=no()), "request.is_used_up"),
        (
            claim(lines=(claim_line("l1", "1.00", "0.00", "booth", colour=declared("red")),)),
            "lines[0].colour",
        ),
        (claim(lines=(claim_lines()[0], claim_lines()[0])), "stands twice"),
        (claim(evidence=(Proof("receipt"),)), "evidence.receipt"),
        (
            claim(evidence=(Proof("activity_proof", piece="selfie"),)),
            "evidence.activity_proof.selfie",
        ),
        (claim(evidence=(Proof("invoice", not_qualifying="selfie"),)), "not_qualifying selfie"),
    ],
)
def test_a_case_that_the_playbook_does_not_describe_is_refused(case: Case, named: str) -> None:
    with pytest.raises(CaseMismatch, match="does not know") as caught:
        judged(case)

    assert named in str(caught.value)


# The record


def test_a_decision_is_judged_again_from_its_record_alone_byte_for_byte() -> None:
    cases = [claim(), sound_claim(), claim(lines=()), *(row[0] for row in STOPPED.values())]
    playbook = load_playbook(
        canonical.canonical_json(shipped("mdf-claim").to_canonical()).decode(),
        file="stored.json",
    )
    for case in cases:
        first = canonical.canonical_json(judged(case).to_record())

        stored = json.loads(first)
        again = case_from_json(stored["case"], add_business_days=weekdays_only)
        second = adjudicate(playbook, again, on=date.fromisoformat(stored["on"]))

        assert canonical.canonical_json(second.to_record()) == first


def test_the_order_in_which_facts_arrive_does_not_change_the_record() -> None:
    case = claim()
    turned = Case(
        dict(reversed(list(case.facts.items()))),
        tuple(Line(line.id, dict(reversed(list(line.facts.items())))) for line in case.lines),
        case.evidence,
        case.rates,
        case.calendar,
        case.add_business_days,
    )

    assert canonical.digest(judged(turned).to_record()) == canonical.digest(
        judged(case).to_record()
    )


def test_the_record_names_playbook_engine_day_and_reasons() -> None:
    record = judged(claim(submitted_on=system(LAST + timedelta(31)))).to_record()

    assert record["playbook"]["sha256"] == shipped("mdf-claim").sha256
    assert record["engine"] == 1
    assert record["codes"] == ["LATE_CLAIM", "OUTSIDE_ACTIVITY"]
    late = next(result for result in record["results"] if result["id"] == "MDF-02")
    assert late["trace"]["pass"]["operands"]
    assert record["case"]["facts"]["logo_visible"]["ref"] == "F-7"


# Planted faults of the program itself


def test_half_up_for_half_even_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of 0.05 is 0.025: half to even pays 0.02, half up would pay 0.03."""
    lines = (claim_line("l1", "0.05", "0.00", "booth"),)

    def paid() -> Money | None:
        amount = judged(claim(lines=lines)).amount
        return amount.payable if amount else None

    assert paid() == eur("0.02")
    times = Money.times_ppm
    monkeypatch.setattr(
        Money, "times_ppm", lambda self, ppm, mode: times(self, ppm, type(mode)("half_up"))
    )
    assert paid() == eur("0.03"), "the plant must be visible to the assertion above"


def test_a_forgotten_floor_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.core.playbooks.bind import Binding

    case = claim(logo_visible=Fact(value=True, provenance=Provenance.EXTRACTED))

    assert judged(case).outcome is Outcome.NEEDS_INFORMATION
    monkeypatch.setattr(Binding, "floor_of", lambda self, field: Provenance.PARTNER_DECLARED)
    assert judged(case).outcome is Outcome.QUALIFIED, (
        "the plant must be visible to the assertion above"
    )


def test_a_line_that_failed_and_is_paid_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.core.adjudication import amount

    def payable() -> Money:
        found = judged(claim(request__remaining=system(eur("99999.00")))).amount
        assert found is not None
        return found.payable

    assert payable() == eur("8345.00")
    monkeypatch.setattr(amount._Calculation, "of_line", lambda self, step, key, line: 0)
    assert payable() != eur("8345.00"), "the plant must be visible to the assertion above"


def test_a_rate_in_the_wrong_direction_is_caught() -> None:
    """450 EUR are 522 USD, above the limit of 500 USD; the inverse rate would let it pass."""
    lines = (claim_line("l1", "900.00", "0.00", "booth"),)

    assert not judged(claim(lines=lines)).route.automatic
    inverse = Rate("USD", "EUR", 11600, 4, "wrong", date(2026, 11, 18))
    assert judged(claim(lines=lines, rates=(inverse,))).route.automatic
