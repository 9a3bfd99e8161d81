"""The partner's whole way without script: request, claim, return, answer, letter, payment."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from counterfoil.apps.submissions.selectors.cases import line_ids_of
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.states import State
from counterfoil.flows import decide
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.portal.page import errors_of, fields_of, file_fields_of, missing_of, words
from tests.submission_stock import (
    AT,
    CLAIMED,
    INVOICE,
    REQUEST,
    answer_logo,
    approve,
    approved_request,
    screen,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def upload(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="application/pdf")


def begin(client, code: str, **choice: str) -> str:
    """Begin by the page, as a person does; return the address of the form."""
    url = reverse("portal:start", args=[code])
    given = fields_of(client.get(url))
    response = client.post(url, {**given, **choice})
    assert response.status_code == 302, words(response)
    return response.url


def submission_of(url: str) -> str:
    return url.split("/")[3]


def test_a_request_is_begun_filled_in_and_sent_by_the_page(world, paula, clock):
    clock.moment = AT
    url = begin(paula, "mdf-request", fund=world.fund_id)
    form = paula.get(url)
    assert "Audience" not in missing_of(form)
    assert len(missing_of(form)) == 9

    given = {**fields_of(form), **{f"d.{name}": text for name, text in REQUEST.items()}}
    saved = paula.post(url, {**given, "do": "save:s3"}, follow=True)
    assert missing_of(saved) == []
    assert fields_of(saved)["d.activity_start"] == "Apr 20, 2026"

    sent = paula.post(url, {**fields_of(saved), "do": "send"})
    assert sent.url == reverse("portal:submission", args=[submission_of(url)])
    status = paula.get(sent.url)
    assert "FR-2026-00001" in words(status)
    assert "Our turn" in words(status)
    assert "By" in words(status)


def test_a_claim_goes_its_whole_way(world, paula, clock):
    request_id = approved_request(world)
    url = begin(paula, "mdf-claim", request=request_id)
    claim_id = submission_of(url)
    form = paula.get(url)
    assert fields_of(form)["d.activity_name"] == "Alpine Summit"
    assert "filled in the blue fields from your approved request" in words(form)

    form = paula.post(
        url,
        {
            **fields_of(form), "d.attendees": "184", "d.leads": "37", "do": "upload",
            "file.invoice..": [upload("HS-118.pdf", INVOICE)],
        },
        follow=True,
    )  # fmt: skip
    given = fields_of(form)
    line = next(name for name in given if name.endswith(".number")).split(".")[1]
    assert given[f"l.{line}.number"] == "HS-2026-118"
    assert given[f"l.{line}.net"] == "1,200.00"
    assert given[f"l.{line}.supplied"] == "2026-04-20 to 2026-04-21"

    given |= {f"l.{line}.category": "venue", f"l.{line}.supplier": "Hall & Stage Ltd"}
    checked = paula.post(url, {**given, "do": "send"}, follow=True)
    assert missing_of(checked) == [
        "Invitation or program is missing.",
        "Photo of the event is missing.",
    ]
    assert "600.00" in words(checked)

    sent = paula.post(
        url,
        {
            **fields_of(checked), "do": "send-anyway",
            "file.activity_proof.invitation.": [upload("invitation.pdf", "Alpine Summit")],
        },
    )  # fmt: skip
    assert sent.url == reverse("portal:submission", args=[claim_id])
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id, codes=["PROOF_MISSING"], fields=["evidence:activity_proof"],
            message="Please add a photo of the event.", by=world.operations, at=CLAIMED,
        )  # fmt: skip

    returned = paula.get(sent.url)
    assert "Your turn" in words(returned)
    assert "Please add a photo of the event." in words(returned)
    form = paula.get(url)
    assert not [name for name in fields_of(form) if name.startswith(("d.", "l."))]
    assert "file.activity_proof.photo_of_event." in file_fields_of(form)
    assert "file.invoice.." not in file_fields_of(form)

    unsaid = paula.post(
        url,
        {
            **fields_of(form), "do": "send",
            "file.activity_proof.photo_of_event.": [upload("photo.pdf", "PHOTO")],
        },
    )  # fmt: skip
    assert unsaid.status_code == 422
    assert errors_of(unsaid)
    answered = paula.post(url, {**fields_of(unsaid), "do": "send", "reason": "Here is the photo."})
    assert answered.url == sent.url
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    approve(world, claim_id, at=CLAIMED)

    decided = paula.get(sent.url)
    assert "600.00 USD goes to payment" in words(decided)
    letter = paula.get(reverse("portal:letter", args=[claim_id]))
    assert "We approved your claim Alpine Summit: 600.00 USD will be paid." in words(letter)
    assert "Your share" in words(letter) or "share" in words(letter)
    pdf = paula.get(reverse("portal:letter_pdf", args=[claim_id]))
    assert pdf.content.startswith(b"%PDF")
    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        assert head.state is State.DECIDED
        assert len(line_ids_of(head.pk)) == 1
