"""Every verb does what its help says, and a dry run writes nothing."""

import json
import re

import pytest

from counterfoil.apps.access.services import grant_role
from counterfoil.apps.audit.models import Event
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.foundation.acting import acting_as, staff
from tests.people_stock import giver, staff_person
from tests.submission_stock import (
    AT,
    CLAIMED,
    approve,
    approved_request,
    screen,
    send_claim,
    send_request,
    shipped,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]

OLIVE, LENA = "olive@vendor.example", "lena@vendor.example"
MAX, CHRIS = "max@vendor.example", "chris@vendor.example"
ANNA, ADA = "anna@vendor.example", "ada@vendor.example"
PARTNERS = b"Key,Name,Land\n7,Cobalt Works,Spain\n8,Delta Works,France\n"
MAPPING = b"""code: erp-partners
title: Partners from the ERP
record_type: partners
source: erp
columns:
  key: {column: Key}
  name: {column: Name}
  country: {column: Land}
  kind: {value: reseller}
"""


@pytest.fixture
def staffed(world):
    """This will add an administrator and an auditor."""
    with acting_as(staff()):
        staff_person("Anna", "administrator")
        staff_person("Ada", "auditor")
    return world


def written():
    with acting_as(staff()):
        return Event.objects.count()


def only(answer, code=0):
    """This will expect an exit status and return the answer's JSON, if it is any."""
    assert answer.code == code, answer.err or answer.out
    return json.loads(answer.out) if answer.out.startswith(("{", "[")) else answer.out


def hash_of(counterfoil, submission_id):
    return only(counterfoil("submissions", "show", submission_id, "--json"))["screening"]["sha256"]


def waiting(world):
    """This will bring a request into review."""
    request = send_request(world)
    screen(request)
    return request


def test_a_file_is_checked_run_and_taken_by_a_saved_mapping(counterfoil, world, tmp_path):
    mapping, file = tmp_path / "mapping.yaml", tmp_path / "partners.csv"
    mapping.write_bytes(MAPPING)
    file.write_bytes(PARTNERS)

    only(counterfoil("mappings", "save", mapping, "--as", OLIVE))
    listed = only(counterfoil("mappings", "list", "--json"))
    again = counterfoil("mappings", "show", "erp-partners")
    words = ("--mapping", "erp-partners", "--as", OLIVE)
    before = written()
    only(counterfoil("imports", "run", file, *words, "--dry-run"))
    assert written() == before
    staged = only(counterfoil("imports", "stage", file, *words, "--json"))
    only(counterfoil("imports", "discard", staged["run_id"], "--as", OLIVE))
    taken = only(counterfoil("imports", "run", file, *words, "--json"))
    same = only(counterfoil("imports", "run", "-", *words, "--json", stdin=PARTNERS))

    assert listed[0]["code"] == "erp-partners"
    assert "column: Land" in again.out
    assert taken["counts"]["created"] == 2
    assert same["counts"]["unchanged"] == 2
    known = only(counterfoil("partners", "list", "--search", "Works", "--json"))["partners"]
    assert [each["name"] for each in known] == ["Cobalt Works", "Delta Works"]
    shown = only(counterfoil("partners", "show", known[0]["id"]))
    assert "known to erp as 7" in shown
    runs = only(counterfoil("imports", "list", "--json"))
    assert {each["state"] for each in runs} == {"refused", "taken"}


def test_bad_rows_are_named_by_line_and_taken_only_when_one_says_so(counterfoil, world):
    only(counterfoil("mappings", "save", "-", "--as", OLIVE, stdin=MAPPING))
    bad = b"Key,Name,Land\n7,Cobalt Works,Spain\n8,,France\n"
    words = ("imports", "run", "-", "--mapping", "erp-partners", "--as", OLIVE)

    refused = counterfoil(*words, stdin=bad)
    staged = only(counterfoil("imports", "list", "--json"))[0]
    still = counterfoil("imports", "take", staged["public_id"], "--as", OLIVE)
    shown = counterfoil("imports", "show", staged["public_id"])
    before = written()
    tried = ("imports", "take", staged["public_id"], "--without-bad-rows", "--as", OLIVE)
    only(counterfoil(*tried, "--dry-run"))
    assert written() == before
    taken = only(counterfoil(*tried, "--json"))

    assert refused.code == still.code == 1
    assert "line 3, column 2, name: bad MISSING" in refused.out
    assert "line 3" in shown.out
    assert (taken["created"], taken["refused"]) == (1, 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"code: [", "-:1:"),
        (b"code: x\n", "columns is missing"),
        (MAPPING.replace(b"name:", b"nmae:"), "columns.nmae"),
        (MAPPING.replace(b"partners\nsource", b"persons\nsource"), "record_type"),
        (MAPPING.replace(b"{column: Land}", b"{colum: Land}"), "colum"),
    ],
)
def test_a_mapping_says_which_part_is_wrong(counterfoil, world, text, place):
    answer = counterfoil("mappings", "save", "-", "--as", OLIVE, stdin=text)

    assert answer.code == 1
    assert place in answer.err


def test_a_program_with_its_tier_fund_and_partner_is_set_up(counterfoil, staffed):
    words = ("--name", "Plus", "--currency", "EUR", "--legal-entity", "V", "--calendar", "DE")
    set_up = ("programs", "set-up", "plus", *words, "--as", ANNA)
    before = written()
    only(counterfoil(*set_up, "--dry-run"))
    assert written() == before
    only(counterfoil(*set_up))
    only(counterfoil("programs", "add-tier", "plus", "gold", "--rank", "1", "--as", ANNA))
    enroll = ("programs", "enroll", "plus", staffed.partner_public_id, "--tier", "gold")
    only(counterfoil(*enroll, "--since-on", "2026-01-01", "--as", OLIVE))
    fund = (
        "funds", "set-up", "--program", "plus", "--code", "plus-mdf", "--name", "MDF",
        "--period", "2026", "--budget", "1000.00", "--rate", "2.5", "--starts-on", "2026-01-01",
        "--ends-on", "2026-12-31", "--claims-until", "2027-03-31", "--as", MAX, "--json",
    )  # fmt: skip
    dry = only(counterfoil(*fund, "--dry-run"))
    made = only(counterfoil(*fund))
    budget = ("funds", "budget", made["public_id"], "1200.00", "--reason", "More", "--as", MAX)
    only(counterfoil(*budget))
    earned = only(counterfoil("funds", "earn", made["public_id"], "--as", MAX, "--json"))

    assert dry["earn_rate_ppm"] == made["earn_rate_ppm"] == 25_000
    assert earned["earned"] == {"minor": 0, "currency": "EUR"}
    programs = only(counterfoil("programs", "list", "--json"))
    assert [tier["code"] for tier in programs[1]["tiers"]] == ["gold"]
    funds = only(counterfoil("funds", "list", "--program", "plus", "--json"))
    assert [each["budget"]["minor"] for each in funds] == [120_000]
    tracker = only(counterfoil("funds", "tracker", "--fund", made["public_id"], "--json"))
    assert tracker[0]["authorized"]["minor"] == 120_000


@pytest.mark.parametrize("rate", ["two", "101", "-1", "0.00001", "nan"])
def test_a_rate_that_is_no_percentage_is_misuse(counterfoil, world, rate):
    answer = counterfoil(
        "funds", "set-up", "--program", "growth", "--code", "a", "--name", "A", "--period", "p",
        "--budget", "1.00", "--rate", rate, "--starts-on", "2026-01-01", "--ends-on",
        "2026-12-31", "--claims-until", "2027-01-01", "--as", MAX,
    )  # fmt: skip

    assert answer.code == 2
    assert "--rate" in answer.err


def test_an_account_executive_is_asked_and_the_question_taken_back(counterfoil, world):
    request = waiting(world)
    ask = (
        "inquiries", "ask", request, "--name", "Ann Ames", "--deal", "Contoso", "--question",
        "They opened the door.", "--as", OLIVE,
    )  # fmt: skip

    refused = counterfoil(*ask, "--to", "ann@elsewhere.example")
    assert (refused.code, "vendor.example" in refused.err) == (1, True)
    before = written()
    only(counterfoil(*ask, "--to", "ann@vendor.example", "--dry-run"))
    assert written() == before
    made = only(counterfoil(*ask, "--to", "ann@vendor.example")).strip()
    listed = only(counterfoil("inquiries", "list", "--json"))
    assert [(each["inquiry_id"], each["email"]) for each in listed] == [
        (made, "ann@vendor.example")
    ]
    revoke = ("inquiries", "revoke", made, "--reason", "Wrong deal.", "--as")
    assert counterfoil(*revoke, MAX).code == 1
    only(counterfoil(*revoke, OLIVE))
    again = counterfoil(*revoke, OLIVE)
    assert (again.code, "taken back" in again.err) == (1, True)

    assert only(counterfoil("inquiries", "list", "--json")) == []
    assert "taken back" in only(counterfoil("inquiries", "list", "--submission", request))


def test_a_submission_is_taken_read_and_approved_under_the_hash_that_was_seen(counterfoil, world):
    request = waiting(world)

    taken = only(counterfoil("submissions", "next", "--as", OLIVE)).strip()
    only(counterfoil("submissions", "assign", request, "--to", LENA, "--as", OLIVE))
    listed = only(counterfoil("submissions", "list", "--json"))["rows"]
    number = listed[0]["head"]["number"]
    shown = only(counterfoil("submissions", "show", number))
    seen = hash_of(counterfoil, request)
    act = ("submissions", "approve", number, "--as", OLIVE, "--screening")
    stale = counterfoil(*act, "0" * 64)
    short = counterfoil(*act, seen[:4])
    before = written()
    only(counterfoil(*act, seen[:12], "--dry-run"))
    assert written() == before
    decided = only(counterfoil(*act, seen[:12], "--json"))
    replayed = only(counterfoil("submissions", "replay", number, "--json"))
    every = only(counterfoil("replay", "--json"))

    assert taken == request
    assert seen in shown
    assert (stale.code, short.code) == (1, 1)
    assert decided["outcome"] == "qualified"
    assert replayed["is_same"] is True
    assert every["checked"] == 1


def test_a_submission_is_returned_and_another_declined(counterfoil, world):
    first, second = waiting(world), None
    view = only(counterfoil("submissions", "show", first, "--json"))
    code = view["codes"][0][0]
    act = ("submissions", "return", first, "--code", code, "--field", "audience")
    before = written()
    only(counterfoil(*act, "--message", "Who comes?", "--as", OLIVE, "--dry-run"))
    assert written() == before
    only(counterfoil(*act, "--message", "Who comes?", "--as", OLIVE))
    second = waiting(world)
    act = (
        "submissions", "decline", second, "--code", code, "--reason", "Not in the plan",
        "--screening", hash_of(counterfoil, second), "--as", OLIVE,
    )  # fmt: skip
    only(counterfoil(*act, "--dry-run"))
    declined = only(counterfoil(*act, "--json"))

    with acting_as(staff()):
        assert get_head(first, by=world.operations).state == "action_required"
    assert declined["state"] == "decided"
    assert counterfoil("submissions", "replay", first).code == 1


def test_a_claim_is_billed_by_two_people_and_read_back_as_paid(counterfoil, world, tmp_path):
    claim = send_claim(world, approved_request(world))
    screen(claim, at=CLAIMED)
    verify = ("submissions", "verify", claim, "logo_visible", "yes", "--as", OLIVE)
    only(counterfoil(*verify, "--dry-run"))
    only(counterfoil(*verify, "--json"))
    approve(world, claim, at=CLAIMED)
    entered = (
        "payees", "enter", world.partner_public_id, "--legal-name", "Alpine Systems GmbH",
        "--vendor-number", "V1", "--currency", "USD", "--as", OLIVE,
    )  # fmt: skip
    only(counterfoil(*entered, "--dry-run"))
    payee = only(counterfoil(*entered, "--json"))["public_id"]
    only(counterfoil("payees", "check", payee, "--as", CHRIS))
    only(counterfoil("payees", "hold", payee, "--reason", "Call back", "--as", CHRIS))
    held = only(counterfoil("bills", "ready", "--json"))[0]
    only(counterfoil("payees", "check", payee, "--as", CHRIS))
    assert payee in only(counterfoil("payees", "list", "--status", "ready"))

    seal = ("bills", "seal", "--program", "growth", "--currency", "USD", "--as", MAX)
    before = written()
    only(counterfoil(*seal, "--dry-run"))
    assert written() == before
    first = only(counterfoil(*seal, "--json"))
    only(counterfoil("bills", "void", first["number"], "--reason", "Wrong day", "--as", MAX))
    batch = only(counterfoil(*seal, "--json"))
    early = counterfoil("bills", "export", batch["number"], "-")
    alone = counterfoil("bills", "release", batch["number"], "--as", MAX)
    only(counterfoil("bills", "release", batch["number"], "--as", CHRIS))
    exported = counterfoil("bills", "export", batch["number"], "-")
    only(counterfoil("bills", "export", batch["number"], tmp_path / "bills.csv"))
    number = re.search(r"VB-\d+-\d+", exported.out).group()
    listed = only(counterfoil("bills", "list", "--json"))
    day = listed[0]["released_at"][:10]
    paid = f"Bill number,Paid date,Reference,Amount,Currency\r\n{number},{day},P-1,1200.00,USD\r\n"
    amount = listed[0]["totals"][0]["minor"]
    paid = paid.replace("1200.00", f"{amount // 100}.{amount % 100:02d}")
    bad = counterfoil("bills", "paid-list", "-", "--as", MAX, stdin=paid.encode() + b"x,,,,\r\n")
    read = ("bills", "paid-list", "-", "--as", MAX)
    only(counterfoil(*read, "--dry-run", stdin=paid.encode()))
    report = only(counterfoil(*read, "--json", stdin=paid.encode()))

    assert held["blocks"] == ["The payee is on hold."]
    assert (early.code, alone.code, bad.code) == (1, 1, 1)
    assert "line 3" in bad.err or ":3" in bad.err
    assert (tmp_path / "bills.csv").read_bytes() == exported.out.encode()
    assert len(report["paid"]) == 1


def test_a_draft_is_tried_signed_and_only_then_published(counterfoil, world, tmp_path):
    approved_request(world)
    text = shipped()["mdf-request.yaml"]
    text = text.replace("design_owner:", "sign_off: [finance_checker]\ndesign_owner:", 1)
    file = tmp_path / "mdf-request.yaml"
    file.write_text(text, encoding="utf-8")
    draft = only(counterfoil("playbooks", "save", file, "--as", OLIVE, "--json"))["version"]

    trial = only(counterfoil("playbooks", "try", draft, "--as", LENA, "--json"))
    told = counterfoil("playbooks", "try", draft, "--as", LENA, "--since", "2026-01-01")
    early = counterfoil("playbooks", "publish", draft, "--as", LENA)
    own = counterfoil("playbooks", "sign", draft, "--role", "finance_checker", "--as", OLIVE)
    mute = ("playbooks", "sign", draft, "--role", "finance_checker", "--as", CHRIS, "--refuse")
    refused = counterfoil(*mute)
    only(counterfoil(*mute, "--comment", "Not before the audit."))
    only(counterfoil("playbooks", "sign", draft, "--role", "finance_checker", "--as", CHRIS))
    only(counterfoil("playbooks", "publish", draft, "--as", LENA, "--json"))

    assert (trial["total"], trial["changed"]) == (1, 0)
    assert "0 of 1 decisions would come out otherwise" in told.out + told.err
    assert (early.code, own.code, refused.code) == (1, 1, 1)
    assert "sign-off of finance checker" in early.err
    assert "Say what has to change" in refused.err


def test_a_playbook_is_checked_saved_and_published_by_another_person(counterfoil, world, tmp_path):
    text = shipped()["mdf-request.yaml"]
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("mdf-request", "my-request", 1), encoding="utf-8")

    only(counterfoil("playbooks", "check", file))
    strong = counterfoil("playbooks", "mutants", file)
    file.write_text(
        file.read_text("utf-8").replace("planned_cost: 5000.01", "planned_cost: 5900.00"), "utf-8"
    )
    weak = counterfoil("playbooks", "mutants", file)
    unsaved = counterfoil("playbooks", "publish", file, "--as", LENA)
    before = written()
    only(counterfoil("playbooks", "save", file, "--as", OLIVE, "--dry-run"))
    assert written() == before
    saved = only(counterfoil("playbooks", "save", file, "--as", OLIVE, "--json"))
    own = counterfoil("playbooks", "publish", saved["version"], "--as", OLIVE)
    only(counterfoil("playbooks", "publish", file, "--as", LENA, "--dry-run"))
    published = only(counterfoil("playbooks", "publish", file, "--as", LENA, "--json"))
    shown = counterfoil("playbooks", "show", saved["version"])
    retired = ("playbooks", "retire", saved["version"], "--reason", "Trial", "--as", LENA)
    only(counterfoil(*retired))
    rows = only(counterfoil("playbooks", "list", "--code", "my-request", "--json"))

    assert (strong.code, weak.code) == (0, 1)
    assert "quote_limit +1" in weak.out
    assert (unsaved.code, own.code) == (1, 1)
    assert "save" in unsaved.err
    assert published["version"] == saved["version"]
    assert shown.out == file.read_text(encoding="utf-8")
    assert rows[0]["state"] == "retired"


def test_a_broken_playbook_is_named_by_file_line_and_column(counterfoil, tmp_path):
    file = tmp_path / "broken.yaml"
    text = shipped()["mdf-request.yaml"]
    file.write_text(text.replace("kind:", "knid:", 1), encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes(b"id: \xff")

    answer = counterfoil("playbooks", "check", file)
    latin = counterfoil("playbooks", "check", tmp_path / "latin.yaml")

    assert answer.code == 1
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("kind:"))
    assert f"{file}:{line}:1" in answer.out
    assert latin.code == 1
    assert "not UTF-8" in latin.err
    assert counterfoil("playbooks", "check", tmp_path / "absent.yaml").code == 2


def test_shipped_playbooks_and_the_schema_are_written_to_stdout(counterfoil):
    assert "mdf-claim" in only(counterfoil("playbooks", "shipped"))
    assert counterfoil("playbooks", "shipped", "mdf-claim").out == shipped()["mdf-claim.yaml"]
    assert counterfoil("playbooks", "shipped", "nothing").code == 2
    assert "$defs" in only(counterfoil("playbooks", "schema"))


def test_people_are_invited_and_removed_by_an_administrator(counterfoil, staffed):
    invite = ("people", "invite", "new@vendor.example", "New", "--role", "operations", "--as")
    refused = counterfoil(*invite, OLIVE)
    before = written()
    only(counterfoil(*invite, ANNA, "--dry-run"))
    assert written() == before
    only(counterfoil(*invite, ANNA))
    partner = ("--role", "partner_member", "--partner", staffed.partner_public_id)
    only(counterfoil("people", "invite", "p@p.example", "P", *partner, "--as", ANNA))
    remove = ("people", "remove", MAX, "--reason", "Left", "--as", ANNA)
    only(counterfoil(*remove, "--dry-run"))
    only(counterfoil(*remove))
    people = only(counterfoil("people", "list", "--json"))

    assert refused.code == 1
    assert "administrator" in refused.err
    assert {p["email"]: p["is_active"] for p in people}[MAX] is False
    gone = counterfoil("funds", "earn", staffed.fund_id, "--as", MAX)
    assert gone.code == 1
    assert MAX in gone.err


def test_the_first_administrator_joins_by_a_link_and_there_is_only_one(counterfoil, db):
    from counterfoil.core.actors import system_actor
    from counterfoil.flows.people import accept_invitation

    words = ("people", "first-administrator", "ada@vendor.example", "Ada")
    only(counterfoil(*words, "--dry-run"))
    link = only(counterfoil(*words)).strip()
    with acting_as(staff()):
        joined = accept_invitation(
            token=link.rstrip("/").rsplit("/", 1)[1], name="Ada",
            password="correct horse battery", by=system_actor("join"), at=AT,
        )  # fmt: skip
    second = counterfoil("people", "first-administrator", "eve@vendor.example", "Eve")

    assert joined.role == "administrator"
    assert second.code == 1
    assert "already" in second.err


def test_the_log_is_sequenced_signed_verified_and_exported(counterfoil, staffed, tmp_path):
    from counterfoil.foundation.adapters import adapter

    adapter("signing_key").create(name="counterfoil/log", is_demo=True)
    dry = counterfoil("audit", "sequence", "--dry-run", "--json")
    taken = only(counterfoil("audit", "sequence", "--json"))
    unsigned = counterfoil("audit", "checkpoint", "--dry-run")
    verdict = only(counterfoil("verify", "--json"))
    events = only(counterfoil("audit", "events", "--action", "person.", "--json"))
    pack = counterfoil("audit", "export", tmp_path, "--as", ADA)

    assert json.loads(dry.out) == taken
    assert taken["taken"] > 0
    assert "not signed yet" in unsigned.err
    assert verdict["leaves"] == taken["taken"]
    assert {e["action"].split(".")[0] for e in events["events"]} == {"person"}
    # Leaves of a transaction that may still roll back are never signed, so nothing is exported.
    assert pack.code == 1
    assert list(tmp_path.glob("*.zip")) == []
    assert counterfoil("audit", "export", tmp_path, "--as", OLIVE).code == 1


def test_a_day_that_is_none_is_misuse_and_names_the_option(counterfoil, db):
    answer = counterfoil("audit", "events", "--since", "31.12.2026")

    assert answer.code == 2
    assert "--since" in answer.err


def test_a_person_without_the_role_is_refused_in_words(counterfoil, world):
    with acting_as(staff()):
        reader = staff_person("Ruth", "leadership")
        grant_role(
            person_id=reader.id, role="account_executive", by=giver(reader), at=AT, reason="x"
        )

    answer = counterfoil("funds", "earn", world.fund_id, "--as", "ruth@vendor.example")

    assert answer.code == 1
    assert "this needs one of the roles" in answer.err


def test_reference_pages_are_written_and_checked(counterfoil, tmp_path):
    old = counterfoil("gen", "--check", "--folder", tmp_path)
    only(counterfoil("gen", "--folder", tmp_path))
    only(counterfoil("gen", "--check", "--folder", tmp_path))
    (tmp_path / "states.md").write_text("edited")

    assert old.code == 1
    assert "states.md" in counterfoil("gen", "--check", "--folder", tmp_path).err
    assert counterfoil("gen", "--folder", tmp_path / "absent").code == 1
