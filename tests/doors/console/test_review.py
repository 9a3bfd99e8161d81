"""The review page and its acts: what it says first, who may act, what an old page comes to."""

import pytest
from django.test import Client

from counterfoil.apps.payouts.services import enter_payee
from counterfoil.apps.submissions.selectors import get_head
from counterfoil.core.states import State
from counterfoil.flows import submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.doors.console.review_stock import (
    claim_in_review,
    looked_at,
    seen,
    signed_in,
)
from tests.submission_stock import (
    AT,
    CLAIMED,
    add_file,
    answer_logo,
    approve,
    make_world,
    screen,
    send_request,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def claim(world):
    return claim_in_review(world)


def page(submission_id: str) -> str:
    return f"/console/submissions/{submission_id}/"


def large_request(world) -> str:
    """A request above Finance's limit, with the quotation that it needs."""
    request_id = send_request(world, planned_cost="50,000", requested_amount="25,000")
    with acting_as(portal(world.partner_id)):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=AT)
        add_file(world, request_id, "quotation", b"Quotation for 50,000", "q.pdf", at=AT)
        submit.submit_submission(submission_id=request_id, by=world.partner, at=AT)
    screen(request_id)
    return request_id


def state_of(world, submission_id: str) -> State:
    with acting_as(staff()):
        return get_head(submission_id, by=world.operations).state


def test_whose_turn_by_when_how_much_and_why_come_first(world, claim):
    text = signed_in(world.operations).get(page(claim)).content.decode()
    top = text[: text.index('id="c-h"')]
    for words in ("Our turn", "1,200.00", "600.00", "A person has to verify", "Alpine Systems"):
        assert words in top, words
    assert "<time" in top


def test_a_claim_whose_partner_has_no_payee_says_so_until_one_is_entered():
    world = make_world(has_payees=False)
    claim_id = claim_in_review(world)
    answer_logo(world, claim_id)
    client = signed_in(world.operations)
    assert (
        "Enter and check the partner&#x27;s payee" in client.get(page(claim_id)).content.decode()
    )
    with acting_as(staff()):
        enter_payee(
            partner_id=world.partner_id, legal_name="Alpine Systems", erp_vendor_number="V1",
            currency="USD", by=world.operations, at=CLAIMED,
        )  # fmt: skip
    screen(claim_id, at=CLAIMED)
    text = client.get(page(claim_id)).content.decode()
    assert "Enter and check" not in text[: text.index('id="c-h"')]
    assert state_of(world, claim_id) == State.IN_REVIEW


def test_each_criterion_says_what_it_saw_and_what_would_pass(world, claim):
    text = signed_in(world.operations).get(page(claim)).content.decode()
    assert "MDF-05" in text
    assert "Would pass" in text
    assert "NOT_VERIFIED" in text
    assert "How this was worked out" in text
    assert "read in the document" in text


def test_the_sums_of_the_page_add_up(world, claim):
    response = signed_in(world.operations).get(page(claim))
    steps = response.context["steps"]
    marks = str.maketrans({",": None, ".": None, "\u2212": "-"})
    figures = [int(step.money.figure.translate(marks)) for step in steps]
    assert sum(figures[:-1]) == figures[-1] == 60000


def test_a_question_is_answered_in_place_with_its_proof(world, claim):
    client = signed_in(world.operations)
    file = looked_at(world, claim).evidence[0]
    data = {
        "name": "logo_visible", "value": "yes", "at": "c-MDF-05", "evidence": file.evidence_id,
        "page": "1", "words": "Venue rent",
    }  # fmt: skip
    response = client.post(f"{page(claim)}verify", data)
    assert response.status_code == 302
    assert response.url.endswith("#c-MDF-05")
    view = looked_at(world, claim)
    logo = next(each for each in view.details if each.name == "logo_visible")
    assert logo.value is True
    assert logo.quote["is_found"] is True
    assert view.screening is not None
    assert view.screening.outcome == "qualified"


def test_an_answer_that_cannot_be_read_is_asked_again(world, claim):
    client = signed_in(world.operations)
    data = {"name": "logo_visible", "value": "perhaps"}
    assert client.post(f"{page(claim)}verify", data).status_code == 422
    assert client.get(f"{page(claim)}verify?name=no_such_detail").status_code == 404


def test_approve_states_the_effect_before_it_happens(world, claim):
    answer_logo(world, claim)
    client = signed_in(world.operations)
    text = client.get(f"{page(claim)}approve?seen={seen(world, claim)}").content.decode()
    assert "600.00 USD is approved and waits to be sent for payment." in text
    assert "Alpine Systems" in text
    assert state_of(world, claim) is State.IN_REVIEW


def test_an_approval_decides_and_leaves_the_queue(world, claim):
    answer_logo(world, claim)
    client = signed_in(world.operations)
    response = client.post(f"{page(claim)}approve", {"seen": seen(world, claim)})
    assert response.status_code == 302
    assert state_of(world, claim) is State.DECIDED


def test_over_the_queue_the_row_leaves_in_place(world, claim):
    answer_logo(world, claim)
    response = signed_in(world.operations).post(
        f"{page(claim)}approve",
        {"seen": seen(world, claim)},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/console/queue/"},
    )
    assert f'id="{claim}" hx-swap-oob="delete"' in response.content.decode()
    assert "is approved" in response["HX-Trigger"]


def test_an_old_page_is_refused_and_nothing_is_decided(world, claim):
    old = seen(world, claim)
    answer_logo(world, claim)
    client = signed_in(world.operations)
    for act, data in (
        ("approve", {}),
        ("decline", {"code": "NO_BRANDING", "reason": "No logo."}),
        ("return", {"codes": ["NO_BRANDING"], "fields": ["leads"], "message": "Send it."}),
    ):
        assert client.get(f"{page(claim)}{act}?seen={old}").status_code == 409
        response = client.post(f"{page(claim)}{act}", {**data, "seen": old})
        assert response.status_code == 409, act
        text = response.content.decode()
        assert "judged again" in text
        assert "Nothing was changed" in text
    assert client.post(f"{page(claim)}approve", {}).status_code == 409
    assert state_of(world, claim) is State.IN_REVIEW


def test_without_the_comparison_of_pages_an_old_page_would_decide(world, claim, monkeypatch):
    """The fault that the test before must catch."""
    from counterfoil.interfaces.console.submissions import deciding

    old = seen(world, claim)
    answer_logo(world, claim)
    newest = seen(world, claim)
    monkeypatch.setattr(deciding, "_refused_at_once", lambda *_: None)
    monkeypatch.setattr(deciding, "_seen", lambda _: newest)
    signed_in(world.operations).post(f"{page(claim)}approve", {"seen": old})
    assert state_of(world, claim) is State.DECIDED


def test_a_return_says_what_to_change_and_stops_our_clock(world, claim):
    client = signed_in(world.operations)
    url = f"{page(claim)}return?seen={seen(world, claim)}"
    assert "What the partner may change" in client.get(url).content.decode()
    data = {"codes": ["NO_BRANDING"], "fields": ["leads"], "message": "Count again.",
            "seen": seen(world, claim)}  # fmt: skip
    assert client.post(url, data).status_code == 302
    assert state_of(world, claim) is State.ACTION_REQUIRED
    text = client.get(page(claim)).content.decode()
    assert "Partner&#x27;s turn" in text
    assert "Count again." in text


def test_a_return_without_words_keeps_what_was_ticked(world, claim):
    url = f"{page(claim)}return"
    data = {"codes": ["NO_BRANDING"], "fields": ["leads"], "message": " "}
    data["seen"] = seen(world, claim)
    response = signed_in(world.operations).post(url, data)
    assert response.status_code == 422
    assert 'value="leads" checked' in response.content.decode()


def test_a_decline_needs_code_and_reason(world, claim):
    client = signed_in(world.operations)
    url = f"{page(claim)}decline"
    sha = seen(world, claim)
    assert client.post(url, {"seen": sha, "code": "", "reason": "No."}).status_code == 422
    assert client.post(url, {"seen": sha, "code": "NO_BRANDING", "reason": ""}).status_code == 422
    data = {"seen": sha, "code": "NO_BRANDING", "reason": "No logo can be seen."}
    assert client.post(url, data).status_code == 302
    text = client.get(page(claim)).content.decode()
    assert "Not approved (final)" in text
    assert "No logo can be seen" in client.get(f"{page(claim)}decision/").content.decode()


def test_the_second_approver_is_named_and_the_first_is_not_the_second(world):
    request = large_request(world)
    sha = seen(world, request)
    view = looked_at(world, request)
    assert view.screening is not None
    assert len(view.screening.approvers_in_turn) == 2
    client = signed_in(world.operations)
    assert "Finance" in client.get(f"{page(request)}approve?seen={sha}").content.decode()
    client.post(f"{page(request)}approve", {"seen": sha})
    assert state_of(world, request) is State.SECOND_REVIEW
    text = client.get(page(request)).content.decode()
    assert "Olive" in text
    assert "somebody else gives the next approval" in text


def test_a_file_is_marked_as_proving_nothing(world, claim):
    client = signed_in(world.operations)
    photo = next(e for e in looked_at(world, claim).evidence if e.kind == "activity_proof")
    url = f"/console/evidence/{photo.evidence_id}/mark"
    assert "Qualifies as proof" in client.get(url).content.decode()
    assert client.post(url, {"kind": "stock_photo"}).status_code == 302
    marked = {e.evidence_id: e.not_qualifying for e in looked_at(world, claim).evidence}
    assert marked[photo.evidence_id] == "stock_photo"
    assert "stock_photo" in client.get(f"{page(claim)}?file={photo.evidence_id}").content.decode()


def test_the_original_is_only_ever_a_download(world, claim, monkeypatch):
    from counterfoil.interfaces.console.submissions import files

    monkeypatch.setattr(files, "adapter", lambda _port: world.store)
    file = looked_at(world, claim).evidence[0]
    client = signed_in(world.operations)
    response = client.get(f"/console/evidence/{file.evidence_id}/original")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(f"/console/evidence/{file.evidence_id}/pages/9.png").status_code == 404
    assert (
        "Venue rent" in client.get(f"/console/evidence/{file.evidence_id}/text").content.decode()
    )
    assert client.get("/console/evidence/evi_none/original").status_code == 404


def test_notes_stand_apart_from_messages(world, claim):
    client = signed_in(world.operations)
    client.post(f"{page(claim)}messages", {"body": "We look at it."})
    client.post(f"{page(claim)}notes", {"body": "Odd supplier."})
    text = client.get(page(claim)).content.decode()
    talk, _, private = text.partition("card private")
    assert "We look at it." in talk
    assert "Odd supplier." in private
    assert "Odd supplier." not in talk
    assert client.post(f"{page(claim)}notes", {"body": " "}).status_code == 422


def test_the_decision_is_computed_again_from_its_record(world, claim):
    answer_logo(world, claim)
    approve(world, claim, at=CLAIMED)
    client = signed_in(world.operations)
    text = client.get(f"{page(claim)}decision/").content.decode()
    assert "Compute it again" in text
    assert "600.00" in text
    replayed = client.post(f"{page(claim)}decision/replay").content.decode()
    assert "the same to the cent" in replayed
    record = client.get(f"{page(claim)}decision/record.json")
    assert record["Content-Disposition"].startswith("attachment")
    assert client.get(f"{page(claim)}approve?seen=x").status_code == 409


def test_who_may_not_decide_sees_no_buttons_and_is_refused(world, claim):
    with acting_as(staff()):
        from tests.people_stock import staff_person

        reader = staff_person("Ada", "auditor")
    client = signed_in(reader)
    text = client.get(page(claim)).content.decode()
    assert 'class="decide"' not in text
    assert "Record the answer" not in text
    for act in ("approve", "return", "decline", "verify", "messages", "notes"):
        assert client.post(f"{page(claim)}{act}", {}).status_code == 403, act
    assert signed_in(world.partner).get(page(claim)).status_code == 404
    assert Client().get(page(claim)).status_code == 302


def test_forms_from_elsewhere_are_refused(world, claim):
    client = signed_in(world.operations, checks_csrf=True)
    for act in ("approve", "return", "decline", "verify", "messages", "notes", "screen"):
        assert client.post(f"{page(claim)}{act}", {"seen": seen(world, claim)}).status_code == 403
    assert state_of(world, claim) is State.IN_REVIEW


def test_what_does_not_exist_is_not_found(world):
    client = signed_in(world.operations)
    for act in ("", "preview", "approve", "return", "decline", "verify", "decision/", "messages"):
        assert client.get(f"/console/submissions/sub_none/{act}").status_code == 404, act


def test_the_page_asks_the_same_of_the_database_for_many_lines(
    world, django_assert_max_num_queries
):
    from tests.submission_stock import LINE

    lines = tuple({**LINE, "number": f"HS-{n}", "net": "10.00"} for n in range(12))
    claim_id = claim_in_review(world, lines=lines)
    client = signed_in(world.operations)
    client.get(page(claim_id))
    with django_assert_max_num_queries(45):
        assert client.get(page(claim_id)).status_code == 200


def test_operations_enter_a_request_and_the_partner_has_to_confirm(world, monkeypatch):
    from counterfoil.interfaces.console.submissions import behalf
    from tests.submission_stock import REQUEST

    given = {"evidence_store": world.store, "evidence_reader": world.reader}
    monkeypatch.setattr(behalf, "adapter", given.__getitem__)
    client = signed_in(world.operations)
    assert "Alpine Systems" in client.get("/console/submissions/new/").content.decode()
    url = f"/console/submissions/new/?partner={world.partner_public_id}"
    assert "MDF 2026" in client.get(url).content.decode()
    data = {"partner": world.partner_public_id, "where": f"mdf-request:{world.fund_id}"}
    begun = client.post("/console/submissions/new/", {**data, "token": "one"})
    assert begun.status_code == 302
    assert client.post("/console/submissions/new/", {**data, "token": "one"}).url == begun.url
    assert client.post(begun.url, {"do": "send"}).status_code == 422
    spoilt = client.post(begun.url, {"d.activity_start": "soon", "do": "save"})
    assert spoilt.status_code == 422
    told = spoilt.content.decode()
    assert "First day: “soon” is not a date" in told
    assert 'id="f-activity_start-e"' in told
    later = {**REQUEST, "activity_start": "2027-04-20", "activity_end": "2027-04-21"}
    form = {f"d.{name}": value for name, value in later.items()}
    assert client.post(begun.url, {**form, "do": "save"}).status_code == 302
    assert "Alpine Summit" in client.get(begun.url).content.decode()
    sent = client.post(begun.url, {**form, "do": "send"})
    assert sent.status_code == 302
    screen(sent.url.split("/")[3])
    assert "has not confirmed" in client.get(sent.url).content.decode()
    assert client.get(begun.url).status_code == 409
