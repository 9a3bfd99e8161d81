"""The guided form: made from the shipped playbooks, keeps what was typed, refuses kindly."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from counterfoil.apps.playbooks.selectors import playbooks_in_force
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.playbooks.model import Ask
from counterfoil.flows import decide
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.doors.portal.page import (
    anchors_of,
    errors_of,
    fields_of,
    file_fields_of,
    ids_of,
    missing_of,
    tree,
    words,
)
from tests.submission_stock import (
    CLAIM,
    CLAIMED,
    INVOICE,
    LINE,
    REQUEST,
    approved_request,
    draft_claim,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def upload(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="application/pdf")


def edit(submission_id: str) -> str:
    return reverse("portal:edit", args=[submission_id])


@pytest.fixture
def claim(world):
    """A draft claim without its proof."""
    return draft_claim(world, approved_request(world), proof=False)


def begun(client, world, code="mdf-request"):
    url = reverse("portal:start", args=[code])
    return client.post(url, {"fund": world.fund_id, "token": "t-1"}).url


def test_every_detail_that_partners_give_has_its_field(world, paula, claim):
    with acting_as(portal(world.partner_id)):
        playbooks = {ref.kind: ref.playbook for ref in playbooks_in_force(CLAIMED.date())}
    request = paula.get(begun(paula, world))
    claimed = paula.get(edit(claim))

    for page, kind in ((request, "fund_request"), (claimed, "fund_claim")):
        asked = {f"d.{f.name}" for f in playbooks[kind].facts if f.ask is Ask.PARTNER}
        assert asked <= set(fields_of(page)) | {
            each.get("name") for each in tree(page).xpath("//main//*[@name]")
        }
        assert "logo_visible" not in page.content.decode()
    line_fields = [f.name for f in playbooks["fund_claim"].lines.fields]
    given = {name.rpartition(".")[2] for name in fields_of(claimed) if name.startswith("l.")}
    assert set(line_fields) <= given


def test_every_anchor_of_what_is_missing_leads_to_a_control(world, paula, claim):
    for page in (paula.get(edit(claim)), paula.get(begun(paula, world))):
        assert missing_of(page)
        assert anchors_of(page) <= ids_of(page)


def test_the_form_speaks_the_persons_language(world, paula, claim):
    from django.contrib.auth import get_user_model

    with acting_as(staff()):
        get_user_model().objects.filter(pk=world.partner.user_pk).update(language="de")
    page = paula.get(edit(claim))
    translation.activate("en")

    assert "Zahl der Teilnehmenden" in words(page)
    assert "Foto der Veranstaltung fehlt." in missing_of(page)
    assert "Prüfen und senden" in words(page)


def test_what_can_not_be_read_is_kept_as_typed_and_says_what_to_write(world, paula):
    url = begun(paula, world)
    entries = {**REQUEST, "activity_start": "03/04/2026", "planned_cost": "about four thousand"}
    given = {**fields_of(paula.get(url)), **{f"d.{name}": text for name, text in entries.items()}}

    page = paula.post(url, {**given, "do": "save:s3"}, follow=True)

    assert fields_of(page)["d.activity_start"] == "03/04/2026"
    assert fields_of(page)["d.planned_cost"] == "about four thousand"
    said = " ".join(errors_of(page))
    assert "2026-03-04 or 2026-04-03" in said
    assert "Write it like 6200.00 USD." in said
    sent = paula.post(url, {**fields_of(page), "do": "send-anyway"}, follow=True)
    assert "03/04/2026" in fields_of(sent)["d.activity_start"]


def test_what_is_required_only_sometimes_is_asked_for_then(world, paula, claim):
    assert "Number of attendees is missing." not in missing_of(paula.get(edit(claim)))
    given = fields_of(paula.get(edit(claim)))

    page = paula.post(edit(claim), {**given, "d.attendees": "", "do": "save"}, follow=True)
    assert "Number of attendees is missing." in missing_of(page)

    given = {**fields_of(page), "d.activity": "print_ad"}
    page = paula.post(edit(claim), {**given, "do": "save"}, follow=True)
    assert "Number of attendees is missing." not in missing_of(page)
    assert "The printed page with name and date is missing." in missing_of(page)
    assert "file.activity_proof.printed_ad." in file_fields_of(page)
    assert "file.activity_proof.photo_of_event." not in file_fields_of(page)


def test_a_large_line_asks_for_its_day_of_payment_and_statement(world, paula, claim):
    given = fields_of(paula.get(edit(claim)))
    net = next(name for name in given if name.endswith(".net"))
    assert not [name for name in file_fields_of(paula.get(edit(claim))) if "payment" in name]

    page = paula.post(edit(claim), {**given, net: "9,000.00", "do": "save"}, follow=True)

    assert "Line 1: Not answered yet: When did you pay it?" in missing_of(page)
    assert "Line 1: Proof of payment is missing." in missing_of(page)
    assert [name for name in file_fields_of(page) if name.startswith("file.payment_proof..lin_")]


def test_lines_are_added_and_taken_out_without_script(world, paula, claim):
    page = paula.post(
        edit(claim), {**fields_of(paula.get(edit(claim))), "do": "add-line"}, follow=True
    )
    lines = [name for name in fields_of(page) if name.endswith(".number")]
    assert len(lines) == 2

    gone = lines[1].split(".")[1]
    page = paula.post(edit(claim), {**fields_of(page), "do": f"remove-line:{gone}"}, follow=True)

    left = [name for name in fields_of(page) if name.endswith(".number")]
    assert left == lines[:1]
    assert fields_of(page)[left[0]] == LINE["number"]


def test_a_refused_file_keeps_everything_else(world, paula, claim):
    given = {**fields_of(paula.get(edit(claim))), "d.leads": "41"}

    page = paula.post(
        edit(claim),
        {
            **given, "do": "save:s3",
            "file.activity_proof.invitation.": [upload("locked.pdf", "REFUSE")],
            "file.activity_proof.photo_of_event.": [upload("photo.pdf", "PHOTO")],
        },
    )  # fmt: skip

    assert page.status_code == 422
    assert "locked.pdf" in words(page)
    assert "password" in words(page)
    assert fields_of(page)["d.leads"] == "41"
    assert "photo.pdf" in words(page)
    assert missing_of(page) == ["Invitation or program is missing."]
    again = paula.get(edit(claim))
    assert fields_of(again)["d.leads"] == "41"


def test_files_of_the_wrong_kind_say_what_is_taken(world, paula, claim):
    given = fields_of(paula.get(edit(claim)))
    page = paula.post(
        edit(claim), {**given, "do": "upload", "file.invoice..": [upload("p.png", "PICTURE 1")]}
    )
    assert page.status_code == 302

    given = {**fields_of(paula.get(edit(claim))), "d.activity": "digital_ads"}
    link = paula.post(edit(claim), {**given, "do": "save"}, follow=True)
    page = paula.post(
        edit(claim),
        {**fields_of(link), "link.activity_proof.landing_page": "example dot com", "do": "save"},
    )
    assert page.status_code == 422
    assert fields_of(page)["link.activity_proof.landing_page"] == "example dot com"
    assert "https://example.com/ad" in " ".join(errors_of(page))


def test_an_uploaded_invoice_begins_a_line_with_what_was_read(world, paula):
    claim_id = draft_claim(world, approved_request(world), proof=False, lines=(), invoices=())
    given = fields_of(paula.get(edit(claim_id)))
    page = paula.post(
        edit(claim_id),
        {
            **given, "do": "upload",
            "file.invoice..": [upload("a.pdf", INVOICE), upload("b.pdf", INVOICE + "\nCopy 2")],
        },
        follow=True,
    )  # fmt: skip

    numbers = [text for name, text in fields_of(page).items() if name.endswith(".number")]
    assert numbers == ["HS-2026-118", "HS-2026-118"]
    read = [each.get("name") for each in tree(page).xpath("//*[contains(@class, 'read')]")]
    assert [name for name in read if name and name.endswith(".net")]
    assert "filled in the blue fields from your invoice" in words(page)


def test_a_file_is_taken_off_by_its_button(world, paula, claim):
    page = paula.get(edit(claim))
    button = tree(page).xpath("//button[starts-with(@value, 'remove-file:')]")[0]

    after = paula.post(edit(claim), {**fields_of(page), "do": button.get("value")}, follow=True)

    assert "Third-party invoice is missing." in missing_of(after)


def test_a_form_from_an_older_page_is_not_saved_over_a_newer_one(world, paula, claim):
    old = fields_of(paula.get(edit(claim)))
    paula.post(edit(claim), {**old, "d.leads": "50", "do": "save"})

    page = paula.post(edit(claim), {**old, "d.leads": "60", "do": "save"})

    assert page.status_code == 409
    assert fields_of(page)["d.leads"] == "60"
    assert "changed in another window" in words(page)
    assert fields_of(paula.get(edit(claim)))["d.leads"] == "50"
    saved = paula.post(edit(claim), {**fields_of(page), "do": "save"})
    assert saved.status_code == 302


def test_a_double_click_sends_once(world, paula):
    url = begun(paula, world)
    given = {**fields_of(paula.get(url)), **{f"d.{name}": text for name, text in REQUEST.items()}}

    first = paula.post(url, {**given, "do": "send-anyway"})
    second = paula.post(url, {**given, "do": "send-anyway"})

    assert first.url == second.url
    assert "FR-2026-00001" in words(paula.get(first.url))
    assert "FR-2026-00002" not in words(paula.get(reverse("portal:submissions")))


def test_the_same_beginning_twice_begins_one(world, paula):
    assert begun(paula, world) == begun(paula, world)


def test_a_claim_without_an_approved_request_says_what_to_do(world, paula):
    page = paula.get(reverse("portal:start", args=["mdf-claim"]))
    assert "Begin a request first" in words(page)

    refused = paula.post(reverse("portal:start", args=["mdf-claim"]), {"token": "t"})
    assert refused.status_code == 422
    assert "Begin a request first" in words(refused)


def test_a_request_without_a_fund_is_refused_at_its_field(world, paula):
    page = paula.post(reverse("portal:start", args=["mdf-request"]), {"token": "t"})

    assert page.status_code == 422
    assert errors_of(page)


def test_only_what_was_asked_about_is_open(world, paula):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id, codes=["PROOF_MISSING"], fields=["leads"],
            message="How many leads were new?", by=world.operations, at=CLAIMED,
        )  # fmt: skip
    page = paula.get(edit(claim_id))

    assert [name for name in fields_of(page) if name.startswith("d.")] == ["d.leads"]
    assert not [name for name in fields_of(page) if name.startswith("l.")]
    assert file_fields_of(page) == []
    assert CLAIM["activity_name"] in words(page)
    forged = {
        **fields_of(page), "d.activity_name": "Else", "d.leads": "12", "reason": "Counted.",
        "do": "send",
    }  # fmt: skip
    sent = paula.post(edit(claim_id), forged)
    assert sent.url == reverse("portal:submission", args=[claim_id])
    with acting_as(portal(world.partner_id)):
        entries = get_head(claim_id, by=world.partner).entries
    assert (entries["activity_name"], entries["leads"]) == ("Alpine Summit", "12")


def test_a_form_that_was_sent_meanwhile_leads_to_its_status(world, paula):
    claim_id = send_claim(world, approved_request(world))

    response = paula.get(edit(claim_id))

    assert response.url == reverse("portal:submission", args=[claim_id])


def test_the_estimate_takes_off_the_tax_that_the_payee_recovers(world, paula):
    claim = draft_claim(
        world, approved_request(world), lines=({**LINE, "net": "1000.00", "tax": "190.00"},)
    )

    said = words(paula.get(edit(claim)))

    assert "500.00" in said
    assert "595.00" not in said


def test_a_version_in_odd_digits_is_no_version(world, paula, claim):
    page = paula.post(edit(claim), {"version": "²", "do": "save", "d.leads": "7"})

    assert page.status_code == 302
