"""Files and texts that people bring: imports, paid lists, playbooks; and the audit log's pages."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from counterfoil.apps.partners.selectors import list_partners
from counterfoil.apps.payouts.selectors import bills_of_batch
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.conftest import AT
from tests.doors.seed import release_seeded_batch

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CRM = "Account ID,Account Name,Country\n1,New One,France\n2,,Spain\n3,New Three,Italy\n"


def csv_file(text: str, name: str = "file.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def stage(browser, text: str, mapping: str = "crm-partners"):
    return browser.post(
        reverse("console:import_new"), {"mapping": mapping, "file": csv_file(text)}
    )


def partner_names() -> set[str]:
    with acting_as(staff()):
        return {each.name for each in list_partners().partners}


def test_a_file_is_checked_by_line_and_taken_without_its_bad_lines(as_role):
    browser = as_role("operations")

    staged = stage(browser, CRM)
    page = browser.get(staged.url).content.decode()
    before = partner_names()
    whole = browser.post(f"{staged.url}/take")
    taken = browser.post(f"{staged.url}/take-good")

    assert "line 3" in page
    assert "Take it without the bad lines" in page
    assert "New One" not in before
    assert whole.status_code == 409
    assert taken.status_code == 302
    assert {"New One", "New Three"} <= partner_names()


def test_a_file_that_does_not_fit_names_its_columns(as_role):
    answer = stage(as_role("operations"), "a,b\n1,2\n")

    content = answer.content.decode()
    assert answer.status_code == 422
    assert "Account ID" in content
    assert '<option value="crm-partners" selected>' in content


def test_a_discarded_file_writes_nothing(as_role):
    browser = as_role("operations")
    staged = stage(browser, CRM)

    browser.post(f"{staged.url}/discard")

    assert "New One" not in partner_names()
    assert "Discarded" in browser.get(staged.url).content.decode()
    assert "decided before" in browser.get(f"{staged.url}/take").content.decode()


def test_a_paid_list_names_each_bad_line_and_takes_nothing(as_role, world):
    with acting_as(staff()):
        release_seeded_batch(world, AT)
        bill = bills_of_batch(world.batch_id)[0]
    browser, url = as_role("finance_maker"), reverse("console:paid_list")
    head = "Bill number,Paid date,Reference,Amount,Currency\n"
    good = f"{bill.number},2026-09-15,PAY-1,{bill.amount.format_number()},EUR\n"

    bad = browser.post(url, {"file": csv_file(head + good + "VB-9,2026-09-15,,1,EUR\n")})
    done = browser.post(url, {"file": csv_file(head + good)})
    again = browser.post(url, {"file": csv_file(head + good)})

    assert bad.status_code == 422
    assert "line 3" in bad.content.decode()
    assert done.status_code == 200
    assert "Bills paid: 1" in done.content.decode()
    assert "Nothing changed. Bills recorded before: 1." in again.content.decode()
    page = browser.get(reverse("console:batch", args=[world.batch_id])).content.decode()
    assert "PAY-1" in page


def shipped_source(browser) -> str:
    page = browser.get(reverse("console:playbooks")).content.decode()
    mark = page.index("/console/playbooks/pbv_")
    version = page[mark : page.index('"', mark)].rsplit("/", 1)[1]
    from counterfoil.apps.playbooks.selectors import get_text

    with acting_as(staff()):
        return get_text(version).source


def test_a_draft_is_checked_while_one_types_with_line_and_column(as_role):
    browser = as_role("operations")
    source = re.sub(r"(?m)^kind: ", "kind: fnd_", shipped_source(browser), count=1)

    answer = browser.post(
        reverse("console:playbook_check"), {"source": source, "code": "x"}, HTTP_HX_REQUEST="true"
    )

    line = next(n for n, t in enumerate(source.splitlines(), 1) if "kind: fnd_" in t)
    assert answer.status_code == 200
    assert f'href="#l{line}"' in answer.content.decode()


def test_a_draft_is_published_by_another_person_only(as_role):
    dana, ines = as_role("operations"), as_role("team_lead")
    source = shipped_source(dana).replace("2026.1", "2026.9", 1)

    saved = dana.post(
        reverse("console:playbook_new"),
        {"code": "another-claim", "source": source, "note": "Second edition"},
    )
    page_url = saved.url.removesuffix("/edit")
    own = ines.post(
        reverse("console:playbook_new"), {"code": "own-claim", "source": source, "note": ""}
    )
    own_url = own.url.removesuffix("/edit")

    assert dana.post(f"{page_url}/publish").status_code == 403
    assert "You wrote this draft" in ines.get(f"{own_url}/publish").content.decode()
    assert ines.post(f"{own_url}/publish").status_code == 409
    assert "another-claim" in ines.get(page_url).content.decode()


def test_a_text_with_problems_is_kept_and_a_bad_code_keeps_the_text(as_role):
    dana, url = as_role("operations"), reverse("console:playbook_new")

    kept = dana.post(url, {"code": "broken", "source": "playbook: [", "note": ""})
    refused = dana.post(url, {"code": "Bad Code!", "source": "playbook: kept", "note": ""})

    assert kept.status_code == 302
    assert refused.status_code == 422
    assert "playbook: kept" in refused.content.decode()
    assert "small letters" in refused.content.decode()


def test_a_published_version_never_changes(as_role):
    dana = as_role("operations")
    page = dana.get(reverse("console:playbooks")).content.decode()
    mark = page.index("/console/playbooks/pbv_")
    url = page[mark : page.index('"', mark)]

    assert dana.get(f"{url}/edit").status_code == 409


def test_an_event_opens_with_what_it_says(as_role, world):
    browser = as_role("auditor")
    found = browser.get(f"{reverse('console:audit')}?q={world.partners[0].id}").content.decode()
    mark = found.index("/console/audit/events/")

    page = browser.get(found[mark : found.index('"', mark)]).content.decode()

    assert world.partners[0].id in page
    assert "What it says" in page


def test_a_sample_is_the_same_when_it_is_drawn_again(as_role):
    url = reverse("console:audit_population") + "?topic=partner.&size=3&seed="
    browser = as_role("auditor")

    first, again, other = (ids(browser.get(url + seed)) for seed in ("a", "a", "b"))

    assert len(first) == 3
    assert first == again
    assert first != other


def ids(answer) -> list[str]:
    content = answer.content.decode()
    return [part.split('"')[0] for part in content.split('<tr id="')[1:]]


def test_a_pack_is_refused_while_nothing_is_signed(as_role):
    answer = as_role("auditor").post(reverse("console:audit_export"), {"title": "Claims"})

    assert answer.status_code == 422
    assert "checkpoint" in answer.content.decode()


def test_the_tours_report_stands_among_the_reports(as_role):
    from counterfoil.apps.audit.services import record_event
    from tests.doors.seed import SETUP

    told = {
        "title": "AdventureWorks",
        "statements": [
            {"says": "Every fault was stopped", "is_true": False, "counted": "1 of 2",
             "exceptions": ["MDF-7 came through"]}
        ],
        "figures": [["Resellers", "701"]],
    }  # fmt: skip
    with acting_as(staff()):
        record_event(
            by=SETUP, at=AT, action="tour.finished", object_type="tour", object_id="x",
            data=json.loads(json.dumps(told)),
        )  # fmt: skip

    page = as_role("leadership").get(reverse("console:reports")).content.decode()

    assert "Every fault was stopped" in page
    assert "Not true" in page
    assert "MDF-7 came through" in page
    assert "701" in page
