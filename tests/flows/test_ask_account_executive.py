"""An account executive is asked, answers by link, passes on, is reminded; planted faults."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from counterfoil.apps.audit.models import Event, PersonalValue
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.submissions.errors import (
    AddressRefused,
    AlreadyAsked,
    LinkClosed,
    NotApprovable,
    PassedTooOften,
    ReasonMissing,
    SameApprover,
    StateRefused,
    UnknownLink,
)
from counterfoil.apps.submissions.models import Inquiry, InquiryLink, InquiryStep
from counterfoil.apps.submissions.selectors import get_head, get_submission
from counterfoil.apps.submissions.selectors.cases import playbook_of
from counterfoil.apps.submissions.selectors.decisions import judgment_of, latest_screening
from counterfoil.apps.submissions.selectors.inquiries import late_inquiries
from counterfoil.core.authority import NotAllowed
from counterfoil.core.clocks import ClockState
from counterfoil.core.inquiries import ANSWERS_MAX, Answer, Standing
from counterfoil.flows import decide
from counterfoil.flows.ask_account_executive import (
    answer_inquiry,
    ask_account_executive,
    pass_inquiry_on,
    remind_account_executives,
    revoke_inquiry,
)
from counterfoil.flows.run_clocks import run_clocks
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests import submission_stock
from tests.people_stock import SYSTEM, staff_person
from tests.submission_stock import (
    AT,
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ANN, BEN, CAT = "ann@vendor.example", "ben@vendor.example", "cat@vendor.example"
# A Friday; three business days later is a Wednesday.
ASKED = datetime(2026, 5, 1, 10, tzinfo=UTC)
DUE = datetime(2026, 5, 6, 10, tzinfo=UTC)


@pytest.fixture
def world():
    world = make_world()
    world.claim = ready_claim(world)
    return world


def ready_claim(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    return claim_id


def ask(
    world, *, email=ANN, name="Ann Ames", by=None, at=ASKED, claim="", deal="Contoso, 40 seats"
):
    with acting_as(staff()):
        return ask_account_executive(
            submission_id=claim or world.claim, email=email, name=name, deal=deal,
            question="Alpine ran the workshop that opened the door.",
            shown=["Proof of execution"], by=by or world.operations, at=at,
        )  # fmt: skip


def token_of(email, *, template="inquiry-asked", place=-1):
    rows = OutboxMessage.objects.filter(to_email=email, template=template).order_by("queued_at")
    with acting_as(staff()):
        return re.search(r"/answer/([^/\s]+)/", list(rows)[place].body)[1]


def say(token, answer, *, words="", at=ASKED, inquiry_id=""):
    with acting_as(staff()):
        return answer_inquiry(
            token=token, inquiry_id=inquiry_id, answer=answer, words=words, at=at
        )


def hand_on(token, to, *, name="Ben Boyd", at=ASKED, inquiry_id=""):
    with acting_as(staff()):
        return pass_inquiry_on(
            token=token, inquiry_id=inquiry_id, to_email=to, to_name=name, words="He sold it.",
            at=at,
        )  # fmt: skip


def fact(world):
    with acting_as(staff()):
        head = get_head(world.claim, by=world.operations)
        judged = judgment_of(latest_screening(head), playbook_of(head, at=ASKED).playbook)
    return judged.case.facts.get("account_executive.answer")


def mails(template):
    with acting_as(staff()):
        rows = OutboxMessage.objects.filter(template=template).order_by("queued_at", "to_email")
        return [row.to_email for row in rows]


def digest(at):
    with acting_as(worker()):
        return remind_account_executives(at=at)


def test_one_tap_puts_the_answer_on_the_record_with_its_source(world):
    inquiry_id = ask(world)
    assert fact(world) is None

    done = say(token_of(ANN), Answer.CONFIRM, words="I was there.", at=ASKED + timedelta(hours=2))

    assert done.answer.answer is Answer.CONFIRM
    assert (done.answer.email, done.answer.name) == (ANN, "Ann Ames")
    assert done.due_at == DUE
    known = fact(world)
    assert (known.value, known.provenance.word) == ("confirm", "system")
    with acting_as(staff()):
        actions = list(
            Event.objects.filter(
                object_id=world.claim, action__startswith="submission.inquiry"
            ).order_by("recorded_at").values_list("action", "partner_id")
        )  # fmt: skip
        said = set(PersonalValue.objects.filter(field="words").values_list("value", flat=True))
        view = get_submission(world.claim, by=world.operations, at=ASKED)
    assert actions == [("submission.inquiry_asked", 0), ("submission.inquiry_answered", 0)]
    assert "I was there." in said
    assert [each.inquiry_id for each in view.inquiries] == [inquiry_id]
    with acting_as(staff()):
        assert clock_reading(subject=inquiry_id, side="ours", at=DUE).state is ClockState.STOPPED


CRITERION = """\
  - id: ORG-08
    title: {en: The account executive confirms, de: Der Account Executive bestätigt}
    pass: account_executive.answer == "confirm"
    fail:
      code: NO_BRANDING
      curable: false
      text: {en: Our account executive does not confirm it., de: Nicht bestätigt.}
    unknown: {code: CHECK_PENDING}
    examples:
      pass: [{name: {en: confirmed, de: bestätigt}, facts: {account_executive.answer: confirm}}]
      fail: [{name: {en: disputed, de: bestritten}, facts: {account_executive.answer: dispute}}]
      unknown: [{name: {en: silent, de: still}}]
"""


def test_a_criterion_may_ask_for_the_answer_and_silence_refuses_nothing(monkeypatch):
    texts = submission_stock.shipped()
    place = "  - id: MDF-13\n"
    assert place in texts["mdf-claim.yaml"]
    texts["mdf-claim.yaml"] = texts["mdf-claim.yaml"].replace(place, CRITERION + place)
    monkeypatch.setattr(submission_stock, "shipped", lambda: texts)
    world = make_world()
    world.claim = ready_claim(world)
    ask(world)

    def result():
        with acting_as(staff()):
            head = get_head(world.claim, by=world.operations)
            judged = judgment_of(latest_screening(head), playbook_of(head, at=ASKED).playbook)
        return next(
            each.outcome.value
            for each in judged.adjudication.results
            if each.criterion.id == "ORG-08"
        )

    assert result() == "unknown"
    with pytest.raises(NotApprovable, match="ORG-08"):
        approve(world, world.claim, at=CLAIMED)
    say(token_of(ANN), Answer.DISPUTE, words="Never heard of them.")
    assert result() == "fail"
    say(token_of(ANN), Answer.CONFIRM)
    assert result() == "pass"
    approve(world, world.claim, at=CLAIMED)


def test_the_vendors_clock_runs_on_while_an_answer_is_awaited(world):
    with acting_as(staff()):
        before = clock_reading(subject=world.claim, side="ours", at=ASKED)
    ask(world)
    with acting_as(staff()):
        after = clock_reading(subject=world.claim, side="ours", at=ASKED)

    assert (before.due_at, before.state) == (after.due_at, after.state)


def test_only_operations_ask_only_in_review_and_only_colleagues_who_are_not_themselves(world):
    with pytest.raises(NotAllowed):
        ask(world, by=world.finance)
    for wrong in ("ann@elsewhere.example", "nobody", "a@b@vendor.example", ""):
        with pytest.raises(AddressRefused, match=r"vendor\.example"):
            ask(world, email=wrong)
    with pytest.raises(AddressRefused, match="Who asks"):
        ask(world, email="Olive@Vendor.example")
    with pytest.raises(ReasonMissing):
        ask(world, deal="  ")
    approve(world, world.claim, at=CLAIMED)
    with pytest.raises(StateRefused):
        ask(world)
    assert mails("inquiry-asked") == []


def test_a_setting_names_where_colleagues_have_their_mail(world, settings):
    settings.STAFF_MAIL_DOMAINS = ("sales.example",)

    with pytest.raises(AddressRefused, match=r"sales\.example"):
        ask(world)
    ask(world, email="Ann@Sales.example ")

    assert mails("inquiry-asked") == ["ann@sales.example"]


def test_a_second_question_to_the_same_person_replaces_none_silently(world):
    first = ask(world)
    with pytest.raises(AlreadyAsked, match="Ann Ames"):
        ask(world)
    ask(world, email=BEN, name="Ben Boyd")
    with acting_as(staff()):
        revoke_inquiry(inquiry_id=first, reason="Wrong deal.", by=world.operations, at=ASKED)
    ask(world, at=ASKED + timedelta(minutes=1))

    with acting_as(staff()):
        assert Inquiry.objects.count() == 3
    say(token_of(ANN), Answer.CONFIRM)


def test_a_dispute_needs_a_reason_and_an_answer_may_change_until_the_due_time(world):
    ask(world)
    token = token_of(ANN)
    with pytest.raises(ReasonMissing):
        say(token, Answer.DISPUTE, words="  ")
    say(token, Answer.CONFIRM)
    say(token, Answer.DISPUTE, words="They came after the order.", at=DUE - timedelta(minutes=1))

    assert fact(world).value == "dispute"
    with pytest.raises(LinkClosed, match="stands"):
        say(token, Answer.CONFIRM, at=DUE)
    assert fact(world).value == "dispute"
    with acting_as(staff()):
        assert InquiryStep.objects.count() == 2


def test_an_answer_is_changed_a_limited_number_of_times(world):
    ask(world)
    token = token_of(ANN)
    for number in range(ANSWERS_MAX):
        say(token, Answer.CONFIRM if number % 2 else Answer.UNKNOWN)

    with pytest.raises(LinkClosed, match="too often"):
        say(token, Answer.UNKNOWN)


def test_after_the_decision_no_answer_is_taken_and_the_answer_made_the_page_stale(world):
    ask(world)
    token = token_of(ANN)
    with acting_as(staff()):
        seen = latest_screening(get_head(world.claim, by=world.operations)).sha256
    say(token, Answer.CONFIRM)
    with pytest.raises(decide.ScreeningStale):
        approve(world, world.claim, at=CLAIMED, sha256=seen)
    approve(world, world.claim, at=CLAIMED)

    with pytest.raises(LinkClosed) as refused:
        say(token, Answer.DISPUTE, words="No.")

    assert refused.value.standing is Standing.OVER


def test_a_link_answers_its_own_question_and_those_of_the_same_address_only(world):
    mine = ask(world)
    other = ask(world, email=BEN, name="Ben Boyd")
    second = ready_second(world)
    too = ask(world, claim=second)
    token = token_of(ANN, place=0)

    with pytest.raises(UnknownLink):
        say(token, Answer.CONFIRM, inquiry_id=other)
    with pytest.raises(UnknownLink):
        hand_on(token, CAT, inquiry_id=other)
    say(token, Answer.CONFIRM, inquiry_id=too)
    for wrong in (token[:-1], token + "x", "x:y", "", mine):
        with pytest.raises(UnknownLink):
            say(wrong, Answer.CONFIRM)
    with acting_as(staff()):
        answered = InquiryStep.objects.values_list("inquiry__public_id", flat=True)
        assert list(answered) == [too]


def ready_second(world):
    activity = {
        "activity_name": "Baltic Days", "activity_start": "2026-04-25",
        "activity_end": "2026-04-25",
    }  # fmt: skip
    claim_id = send_claim(
        world, approved_request(world, **activity), invoices=("Other",),
        lines=({"supplier": "Fair Ltd", "number": "F-1", "date": "2026-04-26",
                "category": "venue", "supplied": "2026-04-25/2026-04-25", "net": "500.00",
                "tax": "0.00"},),
        **activity,
    )  # fmt: skip
    screen(claim_id)
    return claim_id


def test_a_colleague_who_knows_answers_instead_twice_at_most_and_the_chain_is_kept(world):
    ask(world)
    first = token_of(ANN)
    with pytest.raises(AddressRefused):
        hand_on(first, "x@partner.example")
    with pytest.raises(AddressRefused, match="Who asks"):
        hand_on(first, "olive@vendor.example")
    with pytest.raises(AlreadyAsked):
        hand_on(first, ANN)
    hand_on(first, BEN)
    with pytest.raises(LinkClosed, match="passed"):
        say(first, Answer.CONFIRM)
    second = token_of(BEN, template="inquiry-passed-on")
    hand_on(second, CAT, name="Cat Cole")
    third = token_of(CAT, template="inquiry-passed-on")
    with pytest.raises(PassedTooOften):
        hand_on(third, "dan@vendor.example")

    done = say(third, Answer.NOT_MINE)

    assert done.addresses == (ANN, BEN, CAT)
    assert [step.words for step in done.steps] == ["He sold it.", "He sold it.", ""]
    assert fact(world).value == "not_mine"


def test_replay_after_revocation_opens_nothing_and_its_answer_counts_no_more(world):
    inquiry_id = ask(world)
    token = token_of(ANN)
    say(token, Answer.CONFIRM)
    assert fact(world).value == "confirm"
    with acting_as(staff()), pytest.raises(ReasonMissing):
        revoke_inquiry(inquiry_id=inquiry_id, reason="", by=world.operations, at=ASKED)
    with acting_as(staff()):
        revoke_inquiry(inquiry_id=inquiry_id, reason="Wrong deal.", by=world.operations, at=ASKED)

    with pytest.raises(LinkClosed) as refused:
        say(token, Answer.CONFIRM)

    assert refused.value.standing is Standing.REVOKED
    assert fact(world) is None
    with acting_as(staff()), pytest.raises(LinkClosed):
        revoke_inquiry(inquiry_id=inquiry_id, reason="Again.", by=world.operations, at=ASKED)
    with acting_as(staff()), pytest.raises(NotAllowed):
        revoke_inquiry(inquiry_id=inquiry_id, reason="No.", by=world.finance, at=ASKED)


def test_silence_is_escalated_and_never_refuses(world):
    ask(world)
    with acting_as(worker()):
        run_clocks(by=SYSTEM, at=DUE - timedelta(minutes=1))
    assert mails("inquiry-late") == []
    with acting_as(worker()):
        run_clocks(by=SYSTEM, at=DUE)
        run_clocks(by=SYSTEM, at=DUE + timedelta(minutes=1))

    assert sorted(mails("inquiry-late")) == ["lena@vendor.example", "olive@vendor.example"]
    with acting_as(staff()):
        assert late_inquiries([world.claim], at=DUE) == {world.claim}
        assert get_head(world.claim, by=world.operations).state == "in_review"
    assert fact(world) is None
    # Late is not too late: the answer still counts, and nothing is late any more.
    say(token_of(ANN), Answer.CONFIRM, at=DUE + timedelta(days=2))
    with acting_as(staff()):
        assert late_inquiries([world.claim], at=DUE + timedelta(days=3)) == frozenset()
    with pytest.raises(LinkClosed):
        say(token_of(ANN), Answer.UNKNOWN, at=DUE + timedelta(days=15))


def test_one_list_a_day_on_business_days_and_none_after_an_answer(world):
    ask(world)
    ask(world, claim=ready_second(world), deal="Fabrikam")
    ask(world, email=BEN, name="Ben Boyd")
    assert digest(ASKED + timedelta(hours=3)) == 0, "not on the day of the question"
    assert digest(ASKED + timedelta(days=1)) == 0, "not on a Saturday"
    monday = ASKED + timedelta(days=3)
    assert digest(monday) == 2
    assert digest(monday + timedelta(hours=5)) == 0, "once a day"

    with acting_as(staff()):
        body = OutboxMessage.objects.get(template="inquiry-digest", to_email=ANN).body
    assert "Contoso" in body
    assert "Fabrikam" in body
    token = token_of(ANN, template="inquiry-digest")
    say(token, Answer.CONFIRM, at=monday)
    say(token_of(BEN), Answer.UNKNOWN, at=monday)
    assert digest(monday + timedelta(days=1)) == 1, "Fabrikam is open still"
    assert mails("inquiry-digest").count(BEN) == 1
    assert mails("inquiry-digest").count(ANN) == 2


@pytest.mark.parametrize("tie", ["submitter", "partner", "payee"])
def test_an_answer_of_somebody_who_profits_is_marked_and_counts_for_nothing(world, settings, tie):
    settings.STAFF_MAIL_DOMAINS = ("vendor.example", "partner.example", "paid.example")
    address = "paula@partner.example" if tie != "payee" else "pat@paid.example"
    if tie == "payee":
        with acting_as(staff()):
            add_contact(
                partner_id=world.partner_public_id, name="Pat", email="Pat@Paid.example",
                phone="", job_title="", is_primary=True, by=world.operations, at=AT,
            )  # fmt: skip
    ask(world, email=address, name="Somebody")

    done = say(token_of(address), Answer.CONFIRM)

    assert tie in done.answer.ties
    assert fact(world) is None


def test_who_answered_does_not_approve(world):
    ask(world, email="Otto@vendor.example", name="Otto")
    say(token_of("otto@vendor.example"), Answer.CONFIRM)

    with pytest.raises(SameApprover, match="account executive"):
        approve(world, world.claim, by=world.second_operations, at=CLAIMED)
    approve(world, world.claim, at=CLAIMED)


def test_the_secret_stands_in_the_mail_and_nowhere_else(world):
    ask(world)
    token = token_of(ANN)
    secret = token.rpartition(":")[0]
    with acting_as(staff()):
        kept = [str(list(rows)) for rows in (
            InquiryLink.objects.values_list(), Inquiry.objects.values_list(),
            InquiryStep.objects.values_list(), Event.objects.values_list("canonical"),
            PersonalValue.objects.values_list("value"),
        )]  # fmt: skip

    assert not any(secret in each for each in kept)
    assert len(secret) >= 43


def test_planted_token_in_clear_is_stopped_by_the_database(world, monkeypatch):
    monkeypatch.setattr(
        "counterfoil.apps.submissions.services.inquiries.sha256_hex", lambda data: data.decode()
    )

    with pytest.raises(IntegrityError, match="inquiry_token_is_a_hash"):
        ask(world)


def test_planted_answer_after_the_decision_is_stopped_by_the_database(world, monkeypatch):
    ask(world)
    token = token_of(ANN)
    approve(world, world.claim, at=CLAIMED)
    monkeypatch.setattr(
        "counterfoil.apps.submissions.types.standing_of", lambda **_: Standing.OPEN
    )

    with pytest.raises(IntegrityError, match="decided"):
        say(token, Answer.CONFIRM)


def test_planted_replay_after_revocation_is_stopped_by_the_database(world, monkeypatch):
    inquiry_id = ask(world)
    token = token_of(ANN)
    with acting_as(staff()):
        revoke_inquiry(inquiry_id=inquiry_id, reason="Wrong.", by=world.operations, at=ASKED)
    monkeypatch.setattr(
        "counterfoil.apps.submissions.types.standing_of", lambda **_: Standing.OPEN
    )

    with pytest.raises(IntegrityError, match="taken back"):
        say(token, Answer.CONFIRM)


def test_what_was_asked_and_answered_is_never_edited(world):
    ask(world)
    say(token_of(ANN), Answer.CONFIRM)
    for model, change in (
        (InquiryStep, {"answer": "dispute"}), (Inquiry, {"due_at": AT}),
        (InquiryLink, {"email": BEN}),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(staff()):
            model.objects.update(**change)


def test_a_partner_reads_nothing_of_it(world):
    ask(world)
    for model in (Inquiry, InquiryLink, InquiryStep):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            acting_as(portal(world.partner_id)),
        ):
            model.objects.count()


def test_a_person_with_an_account_is_written_to_in_their_language(world):
    from counterfoil.apps.access.models import User

    with acting_as(staff()):
        staff_person("Ann")
        User.objects.filter(email=ANN).update(language="de")
    ask(world)

    with acting_as(staff()):
        row = OutboxMessage.objects.get(template="inquiry-asked")
    assert "Guten Tag Ann Ames" in row.body
