"""Partners whose every text, file name and file carries a token of their own (trust.md 6.4).

A token reads `zq7j9w<letter>x<place>`: the letter says whose it is, the place where it stands.
Built once a session through the services and flows of the product, then cloned for each module.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from counterfoil.adapters.bank_simulator.letters import Booking, statement_letter
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.access.services import create_person, make_key
from counterfoil.apps.audit.services import sequence_events
from counterfoil.apps.earnings.selectors import lines_of_run
from counterfoil.apps.earnings.services import (
    name_party,
    publish_plan,
    save_plan,
    use_plan,
)
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.engagements import services as audit
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.partners.selectors import own_partner
from counterfoil.apps.partners.services import (
    add_agreement,
    add_contact,
    add_member,
    add_source_key,
    change_status,
    update_organization,
)
from counterfoil.apps.payouts import services as payouts
from counterfoil.apps.payouts.models import BankDetail, OutsideFinding
from counterfoil.apps.payouts.selectors import bills_of_batch, findings_of_batch
from counterfoil.apps.payouts.selectors.bank import lines_of_statement
from counterfoil.apps.payouts.services import check_payee, enter_payee
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.apps.submissions import services
from counterfoil.core.accounts import AccountKey, AccountKind
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.adjustments import AdjustmentKind, Reason
from counterfoil.core.authority import STAFF_ROLES
from counterfoil.core.blind import DrawKind, Verdict
from counterfoil.core.journal import EntryDraft, EntryKind, FundShare, Leg
from counterfoil.core.money import Money
from counterfoil.core.questions import Decision
from counterfoil.core.sampling import Method, Plan
from counterfoil.flows import decide, engage, people, review_blind, submit
from counterfoil.flows.adjust_commissions import propose_adjustment
from counterfoil.flows.answer_questions import answer_question, ask_question
from counterfoil.flows.ask_account_executive import ask_account_executive, revoke_inquiry
from counterfoil.flows.earn_funds import earn_funds, set_up_fund
from counterfoil.flows.import_records import stage_import
from counterfoil.flows.issue_statements import issue_statements
from counterfoil.flows.read_statement import read_bank_answer
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    run_commissions,
)
from counterfoil.flows.settle_bill import release_bills, seal_bills
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from counterfoil.foundation.adapters import adapter
from tests import submission_stock as stock
from tests.payment_stock import IBANS, bank_calendar
from tests.people_stock import AT, PASSWORD, SYSTEM, organization, staff_person
from tests.plan_stock import SHIPPED

# Long enough that the random letters of a form token never read like one.
TOKEN = re.compile(rb"zq7j9w([abc])x[a-z0-9]+", re.IGNORECASE)
LETTERS = ("a", "b")


def token(letter: str, place: str) -> str:
    """This will return the token of a partner for one place."""
    return f"zq7j9w{letter}x{place}"


def tokens_in(content: bytes) -> set[tuple[str, str]]:
    """This will list (letter, token) of every token in the bytes."""
    return {(m[1].decode().lower(), m[0].decode().lower()) for m in TOKEN.finditer(content)}


@dataclass
class Side:
    """One partner: who acts for it and the public ids of what it has."""

    letter: str
    partner_pk: int
    partner_id: str
    admin: Actor
    member: Actor
    ids: dict[str, str] = field(default_factory=dict)
    file_hashes: frozenset[str] = frozenset()


@dataclass
class Stage:
    """Both sides, the vendor's people by role, those who have no way in, and shared ids."""

    sides: dict[str, Side]
    staff: dict[str, Actor]
    suspended: Actor
    removed: Actor
    shared: dict[str, str]
    evidence: Path


def build_stage(folder: Path) -> Stage:
    """This will build the stage in the connected database; evidence lies in `folder`."""
    world = stock.make_world()
    world.store = LocalFiles(folder)  # type: ignore[assignment]
    with acting_as(staff()):
        people_by_role = {role: staff_person(f"S{role}", role) for role in STAFF_ROLES}
        idle = organization("Cedar Ltd")
        suspended = _person("c", "suspended", idle.pk, "partner_admin")
        change_status(partner_id=idle.id, status="suspended", by=SYSTEM, at=AT, reason="test")
        removed = _person("c", "removed", 0, "")
        people.remove_person(
            person_id=removed.id, by=people_by_role["administrator"], at=AT, reason="left"
        )
    sides = {
        "a": Side("a", world.partner_id, world.partner_public_id, world.partner, world.partner),
        "b": Side("b", world.other_partner_id, "", world.other, world.other),
    }
    shared = {"fund": world.fund_id, "playbook_code": "mdf-request"}
    for side in sides.values():
        _clothe(side, people_by_role)
        _submissions(world, side)
    _sales(world, sides, people_by_role, shared)
    _commissions(world.store, sides, people_by_role, shared)
    _pay(sides, people_by_role, shared)
    _bank_file(sides, people_by_role, shared)
    _import(world, shared, people_by_role["operations"])
    _read_bank(world, shared, people_by_role["finance_maker"])
    _try_draft(shared, people_by_role)
    _audit(shared, people_by_role)
    with acting_as(worker()):
        sequence_events(at=stock.CLAIMED)
    with acting_as(staff()):
        key = make_key(name="Stage", days=30, by=people_by_role["administrator"], at=AT)
    shared["key"] = key.id
    shared["person"] = people_by_role["leadership"].id
    _look_up(sides, shared)
    return Stage(sides, people_by_role, suspended, removed, shared, folder)


def _person(letter: str, what: str, partner_pk: int, role: str) -> Actor:
    name = f"{token(letter, what)} person"
    email = f"{token(letter, what)}@partner.example"
    made = create_person(
        email=email, name=name, is_staff_member=False, by=SYSTEM, at=AT, password=PASSWORD
    )
    assert made.user_pk is not None
    if partner_pk:
        add_member(
            partner_pk=partner_pk, user_pk=made.user_pk, name=name, email=email, role=role,
            by=SYSTEM, at=AT,
        )  # fmt: skip
    grants = (Grant(role),) if role else ()
    return Actor(made.id, name, grants, partner_id=partner_pk, user_pk=made.user_pk)


def _clothe(side: Side, vendor: dict[str, Actor]) -> None:
    from counterfoil.apps.access.models import Invitation
    from counterfoil.apps.partners.models import Organization

    t = lambda place: token(side.letter, place)  # noqa: E731
    with acting_as(staff()):
        side.partner_id = Organization.objects.get(pk=side.partner_pk).public_id
        ops = vendor["operations"]
        update_organization(
            partner_id=side.partner_id, by=ops, at=AT, reason=t("why"),
            changes={
                "name": f"{t('name')} Systems", "legal_name": t("legal"), "city": t("city"),
                "segment": t("segment"), "tax_id": f"DE{t('tax')}", "tags": [t("tag")],
                "mail_domains": [f"{t('domain')}.example"],
            },
        )  # fmt: skip
        side.admin = _person(side.letter, "admin", side.partner_pk, "partner_admin")
        side.member = _person(side.letter, "member", side.partner_pk, "partner_member")
        side.ids["contact"] = add_contact(
            partner_id=side.partner_id, name=t("contact"), email=f"{t('mail')}@x.example",
            phone=t("phone"), job_title=t("job"), is_primary=True, by=ops, at=AT,
        )  # fmt: skip
        add_agreement(
            partner_id=side.partner_id, kind=t("agreement"), version=t("v"), by=ops, at=AT,
            signed_on=date(2025, 1, 1), in_force_from=date(2025, 1, 1), signed_by=t("signer"),
        )  # fmt: skip
        add_source_key(partner_id=side.partner_id, source="crm", key=t("sourcekey"), by=ops, at=AT)
        payee = enter_payee(
            partner_id=side.partner_pk, legal_name=t("payee"), erp_vendor_number=t("vendor"),
            currency="USD", by=ops, at=AT,
        )  # fmt: skip
        side.ids["payee"] = payee.public_id
        check_payee(payee_id=payee.public_id, by=vendor["finance_checker"], at=AT)
        invited = people.invite_person(
            email=f"{t('invited')}@x.example", name=t("invitee"), role="partner_member",
            partner_pk=side.partner_pk, by=ops, at=AT,
        )  # fmt: skip
        # Still open on whatever day the crawl runs.
        Invitation.objects.filter(public_id=invited).update(expires_at=AT.replace(year=2126))
        side.ids["invitation"] = invited


def _submissions(world: stock.World, side: Side) -> None:
    t = lambda place: token(side.letter, place)  # noqa: E731
    by = side.admin
    lines: tuple[dict[str, str], ...] = (
        {**stock.LINE, "supplier": t("supplier"), "number": t("number")},
    )
    invoice = stock.INVOICE.replace("Hall & Stage Ltd", t("supplier")).replace(
        "HS-2026-118", t("number")
    )
    invoice = f"{t('doc')}\n{invoice}"
    words = {
        "activity_name": t("activity"),
        "audience": f"Heads of IT {t('audience')} of mid-sized manufacturers",
    }
    request_id = stock.approved_request(
        world, by=by, expected_outcome=f"Twenty qualified {t('outcome')} meetings", **words
    )

    def claim(*, proof: bool = True, number: str = t("number")) -> str:
        made = stock.draft_claim(
            world, request_id, by=by, lines=({**lines[0], "number": number},),
            invoices=(invoice.replace(t("number"), number),), proof=proof,
            activity_name=t("activity"),
        )  # fmt: skip
        with acting_as(portal(by.partner_id)):
            stock.add_file(
                world, made, "activity_proof", f"PICTURE {t('picture')}{made}".encode(),
                f"{t('filename')}.png", by=by, piece="photo_of_event",
            )  # fmt: skip
            submit.save_details(
                submission_id=made, entries={}, title=t("title"), by=by, at=stock.CLAIMED
            )
        return made

    def send(claim_id: str) -> None:
        with acting_as(portal(by.partner_id)):
            submit.submit_submission(submission_id=claim_id, by=by, at=stock.CLAIMED)
            submit.send_message(submission_id=claim_id, body=t("message"), by=by, at=stock.CLAIMED)
        stock.screen(claim_id)

    decided = claim()
    send(decided)
    _note_and_answer(world, decided, side)
    stock.approve(world, decided, at=stock.CLAIMED)
    returned = claim()
    send(returned)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=returned, codes=["NO_BRANDING"], fields=["evidence:activity_proof"],
            message=t("return"), by=world.operations, at=stock.CLAIMED,
        )  # fmt: skip
    appealed = claim()
    send(appealed)
    _refuse_and_appeal(world, appealed, side)
    waiting = claim()
    send(waiting)
    with acting_as(staff()):
        inquiry = ask_account_executive(
            submission_id=waiting, email="ann@vendor.example", name="Ann", deal=t("deal"),
            question=t("influence"), shown=[], by=world.operations, at=stock.CLAIMED,
        )  # fmt: skip
        other = ask_account_executive(
            submission_id=waiting, email="bea@vendor.example", name="Bea", deal=t("deal"),
            question=t("influence"), shown=[], by=world.operations, at=stock.CLAIMED,
        )  # fmt: skip
        revoke_inquiry(
            inquiry_id=other, reason=t("revoked"), by=world.operations, at=stock.CLAIMED
        )
    blind, differs = claim(), claim(number=t("second"))
    for each in (blind, differs):
        send(each)
        _judge_first(world, each, side)
    _judge_second(world, differs, side)
    draft = claim()
    side.ids |= {
        "blind": blind, "differs": differs,
        "inquiry": inquiry,
        "request": request_id, "decided": decided, "returned": returned, "waiting": waiting,
        "draft": draft, "appealed": appealed,
    }  # fmt: skip


def _judge_first(world: stock.World, claim_id: str, side: Side) -> None:
    """Draw a claim and give its first verdict, which is kept from the second reviewer."""
    from counterfoil.apps.submissions.selectors import latest_screening
    from counterfoil.apps.submissions.selectors.heads import get_head

    with acting_as(worker()):
        services.draw_submission(
            head=get_head(claim_id, by=SYSTEM), kind=DrawKind.BLIND, share_ppm=1_000_000,
            by=SYSTEM, at=stock.CLAIMED,
        )  # fmt: skip
    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
        held = decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason=token(side.letter, "first"),
            by=world.operations, at=stock.CLAIMED, expected_screening_sha256=seen,
        )  # fmt: skip
    assert held.is_held


def _judge_second(world: stock.World, claim_id: str, side: Side) -> None:
    from counterfoil.apps.submissions.selectors.cases import line_ids_of
    from counterfoil.apps.submissions.selectors.heads import get_head

    by = world.second_operations
    with acting_as(staff()):
        lines = line_ids_of(get_head(claim_id, by=by).pk)
        found = review_blind.give_second_review(
            submission_id=claim_id,
            findings=review_blind.Findings(
                {"logo_visible": True, **{f"line.{each}.duplicate_invoice": False
                                          for each in lines}}
            ),
            verdict=Verdict.APPROVE, code="", reason=token(side.letter, "second"), by=by,
            at=stock.CLAIMED,
        )  # fmt: skip
    assert found.needs_third


def _refuse_and_appeal(world: stock.World, claim_id: str, side: Side) -> None:
    from counterfoil.apps.submissions.selectors import latest_screening
    from counterfoil.apps.submissions.selectors.heads import get_head

    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
        decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason=token(side.letter, "refusal"),
            by=world.operations, at=stock.CLAIMED, expected_screening_sha256=seen,
        )  # fmt: skip
    with acting_as(portal(side.admin.partner_id)):
        submit.appeal_decision(
            submission_id=claim_id, criteria=["MDF-05"], reason=token(side.letter, "appeal"),
            by=side.admin, at=stock.CLAIMED,
        )  # fmt: skip
    stock.screen(claim_id)


def _note_and_answer(world: stock.World, claim_id: str, side: Side) -> None:
    from counterfoil.apps.submissions.selectors.cases import line_ids_of
    from counterfoil.apps.submissions.selectors.heads import get_head

    with acting_as(staff()):
        submit.write_note(
            submission_id=claim_id, body=token(side.letter, "note"), by=world.operations,
            at=stock.CLAIMED,
        )  # fmt: skip
        pk = get_head(claim_id, by=world.operations).pk
        answers = [("logo_visible", "yes")]
        # Both partners have a line of their own; whether it repeats another is settled by hand.
        answers += [(f"line.{each}.duplicate_invoice", "no") for each in line_ids_of(pk)]
        for name, value in answers:
            decide.verify_detail(
                submission_id=claim_id, name=name, value=value, by=world.operations,
                at=stock.CLAIMED,
            )  # fmt: skip


def _sales(
    world: stock.World, sides: dict[str, Side], vendor: dict[str, Actor], shared: dict[str, str]
) -> None:
    maker = vendor["finance_maker"]
    with acting_as(staff()):
        fund = set_up_fund(
            program="growth", code="mdf-q", name="MDF quarter", period="2026-Q1",
            budget=Money(10_000_000, "USD"), earn_rate_ppm=20_000, starts_on=date(2026, 1, 1),
            ends_on=date(2026, 3, 31), claims_until=date(2026, 6, 30), by=maker, at=AT,
        )  # fmt: skip
        for side in sides.values():
            line = SalesLineDraft(
                partner_id=side.partner_pk, source_key=token(side.letter, "sale"),
                order_number=token(side.letter, "order"), sold_on=date(2026, 2, 1),
                received_on=date(2026, 2, 2), quantity=1, amount=Money(1_000_000, "USD"),
                kind="sale",
            )  # fmt: skip
            record_sales_lines(
                source="erp", lines=[line], import_run="imp", by=vendor["operations"], at=AT
            )
        earn_funds(fund_id=fund.public_id, by=maker, at=AT)
    shared["quarter_fund"] = fund.public_id


def _commissions(
    store: LocalFiles, sides: dict[str, Side], vendor: dict[str, Actor], shared: dict[str, str]
) -> None:
    """A month of commissions as a draft, with a line of each side."""
    maker, checker = vendor["finance_maker"], vendor["finance_checker"]
    text = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")
    with acting_as(staff()):
        saved = save_plan(source=text, code="channel-commission", by=maker, at=AT)
        publish_plan(version_id=saved.public_id, by=checker, at=AT)
        use = use_plan(plan_code="channel-commission", program="growth", by=checker, at=AT)
        for one, other in (("a", "b"), ("b", "a")):
            name_party(
                use=use.public_id, partner_id=sides[one].partner_pk, party="distributor",
                beneficiary_id=sides[other].partner_pk, by=maker, at=AT,
            )  # fmt: skip
        run = run_commissions(
            plan_code="channel-commission", program="growth", month="2026-02",
            received_until=date(2026, 2, 28), store=store, by=maker,
            at=stock.CLAIMED,
        )  # fmt: skip
        shared["commission_run"], shared["plan_use"] = run.public_id, use.public_id
        shared["plan"] = saved.public_id
        for side in sides.values():
            proposal = propose_adjustment(
                plan_code="channel-commission", program="growth",
                partner_id=own_partner(partner_pk=side.partner_pk).id, month="2026-02",
                kind=AdjustmentKind.BONUS, reason=Reason.SALES_CONTEST,
                amount=Money(1_000, "USD"), note="Best seller of the month.", by=maker,
                at=stock.CLAIMED,
            )  # fmt: skip
            side.ids["adjustment"] = proposal.public_id
        for side in sides.values():
            (line,) = lines_of_run(run.public_id, partner_id=side.partner_pk)
            side.ids["sales_line"] = f"line-{line.sales_line}"
    _statements(store, sides, vendor)


def _statements(store: LocalFiles, sides: dict[str, Side], vendor: dict[str, Actor]) -> None:
    """A posted month with a line of each side, and its statements."""
    at = stock.CLAIMED
    with acting_as(staff()):
        for side in sides.values():
            line = SalesLineDraft(
                partner_id=side.partner_pk, source_key=token(side.letter, "january"),
                order_number=token(side.letter, "ordered"), sold_on=date(2026, 1, 15),
                received_on=date(2026, 1, 16), quantity=1, amount=Money(500_000, "USD"),
                kind="sale", product=token(side.letter, "product"),
                category=token(side.letter, "category"),
            )  # fmt: skip
            record_sales_lines(
                source="erp", lines=[line], import_run="imp", by=vendor["operations"], at=AT
            )
        run = run_commissions(
            plan_code="channel-commission", program="growth", month="2026-01",
            received_until=date(2026, 1, 31), store=store, by=vendor["finance_maker"], at=at,
        )  # fmt: skip
        for region in ("", CENTRAL):
            approve_commissions(
                run_id=run.public_id, region=region, by=vendor["finance_checker"], at=at
            )
        post_commissions(run_id=run.public_id, by=vendor["finance_checker"], at=at)
        issued = issue_statements(
            month="2026-01", store=store, pdf=adapter("pdf"), by=vendor["finance_maker"], at=at
        )
        for side in sides.values():
            (made,) = [s for s in issued.statements if s.partner_id == side.partner_pk]
            (line_of,) = lines_of_run(run.public_id, partner_id=side.partner_pk)
            side.ids["commission_statement"] = made.public_id
            side.ids["own_line"] = f"line-{line_of.sales_line}"
    for side in sides.values():
        asked = {"statement_id": side.ids["commission_statement"], "by": side.admin, "at": at}
        line_id = int(side.ids["own_line"].removeprefix("line-"))
        with acting_as(portal(side.partner_pk)):
            one = ask_question(
                figure="USD-0", sales_line=line_id, body=token(side.letter, "question"), **asked
            )
            two = ask_question(figure="USD-0", body=token(side.letter, "second"), **asked)
        side.ids["question"], side.ids["answered_question"] = one.public_id, two.public_id
        with acting_as(staff()):
            answer_question(
                question_id=two.public_id, body=token(side.letter, "answer"),
                decision=Decision.EXPLAINED, by=vendor["finance_maker"], at=at,
            )  # fmt: skip


def _pay(sides: dict[str, Side], vendor: dict[str, Actor], shared: dict[str, str]) -> None:
    at = stock.CLAIMED + timedelta(days=1)
    with acting_as(staff()):
        batch = seal_bills(program="growth", currency="USD", by=vendor["finance_maker"], at=at)
        release_bills(batch_id=batch.public_id, by=vendor["finance_checker"], at=at)
        shared["batch"] = batch.public_id
        assert len(bills_of_batch(batch.public_id)) == len(sides)


def _bank_file(sides: dict[str, Side], vendor: dict[str, Actor], shared: dict[str, str]) -> None:
    """A payment file with a payment of each side, sealed; and one payable each on hold."""
    maker, checker, ops = vendor["finance_maker"], vendor["finance_checker"], vendor["operations"]
    box, ago = adapter("secret_box"), AT - timedelta(days=90)
    with acting_as(staff()):
        bank_calendar()
        payouts.enter_own_account(
            code="stage-eur", holder="Vendor GmbH", currency="EUR", calendar="bank", org="STG",
            file_format="pain.001.001.09", iban=IBANS[5], by=maker, at=ago,
        )  # fmt: skip
        for side, iban in zip(sides.values(), IBANS, strict=False):
            t = lambda place, letter=side.letter: token(letter, place)  # noqa: E731
            payee = payouts.enter_payee(
                partner_id=side.partner_pk, legal_name=t("eurpayee"), route="bank_file",
                erp_vendor_number=t("eurvendor"), currency="EUR", by=ops, at=ago,
            )  # fmt: skip
            payouts.check_payee(payee_id=payee.public_id, by=checker, at=ago)
            paper = payouts.enter_document(
                partner_id=side.partner_pk, kind="tax_form", form="W-8BEN-E",
                reference=t("paper"), by=ops, at=ago,
            )  # fmt: skip
            payouts.check_document(document_id=paper.public_id, by=checker, at=ago)
            side.ids["paper"] = paper.public_id
            for moment, account in ((ago, iban), (AT, IBANS[4])):
                detail = payouts.propose_bank_detail(
                    partner_id=side.partner_pk, currency="EUR", holder=t("holder"), iban=account,
                    reason=t("newbank"), via="console", box=box, by=ops, at=moment,
                )  # fmt: skip
                if moment == AT:
                    continue
                # The contact of this stage was entered later than the details: called before.
                BankDetail.objects.filter(pk=detail.id).update(
                    state="callback_done", callback_by=maker.id, callback_at=ago,
                    callback_number="+49 1", callback_person=t("called"), callback_note=t("said"),
                )  # fmt: skip
                payouts.approve_bank_detail(detail_id=detail.public_id, by=checker, at=ago)
                payouts.activate_details(by=ops, at=AT)
            side.ids["bank_detail"] = detail.public_id
            ref = f"held-{side.letter}"
            for number, owed in enumerate((f"paid-{side.letter}", ref)):
                post_entry(draft=_owed(side, owed, 100 + number), by=ops, at=AT)
            held = payouts.hold_payable(
                payable_ref=ref, partner_id=side.partner_pk, by=ops, at=AT, reason=t("hold")
            )
            side.ids["hold"], side.ids["payable"] = held.public_id, ref
        batch = payouts.seal_payments(own_account="stage-eur", box=box, by=maker, at=AT)
        shared["payment_batch"] = batch.public_id
        found = OutsideFinding.objects.create(
            public_id="out_stage", kind="file", subject="STG-1-000009-0123.xml", found_at=AT,
            words="STG-1-000009-0123.xml is of no batch that the database knows.",
        )  # fmt: skip
        shared["outside"] = found.public_id
        shared["finding"] = str(findings_of_batch(batch.public_id)[0].number)


def _owed(side: Side, ref: str, minor: int) -> EntryDraft:
    share = FundShare("plan-stage", side.partner_id, "2026-Q1")
    expense = AccountKey(AccountKind.EXPENSE_MDF, "plan-stage", None, "2026-Q1", "EUR")
    return EntryDraft(
        EntryKind.CLAIM_APPROVED,
        AT.date(),
        (Leg(expense, minor), Leg(share.account(AccountKind.PAYABLE, "EUR"), -minor)),
        f"stage:{ref}",
        ref,
        side.partner_id,
    )


class _Box:
    """A box that only names accounts; nothing is encrypted on this stage."""

    def fingerprint(self, text: str) -> str:
        return f"fingerprint {text}"


def _read_bank(world: stock.World, shared: dict[str, str], by: Actor) -> None:
    """Read a statement of an account that is none of ours: it waits for review."""
    content = statement_letter(
        account="FR1420041010050500013M02606", currency="EUR", number=1, on=AT.date(),
        opening=1_000, closing=900, bookings=[Booking(-100, "STAGE-1", ())],
    )  # fmt: skip
    with acting_as(staff()):
        report = read_bank_answer(
            content=content, file_name="stage.xml", reader=adapter("bank_reader"),
            store=world.store, box=_Box(), by=by, at=AT,
        )  # fmt: skip
        statement = report.statements[0].statement_id
        shared["statement"] = statement
        shared["bank_line"] = lines_of_statement(statement)[0].public_id


def _import(world: stock.World, shared: dict[str, str], by: Actor) -> None:
    with acting_as(staff()):
        columns: dict[str, Any] = {"key": {"column": "Key"}, "name": {"column": "Name"}}
        save_mapping(
            code="stage", title="Stage", record_type="partners", source="crm", columns=columns,
            by=by, at=AT,
        )  # fmt: skip
        staged = stage_import(
            mapping_code="stage", file_name="stage.csv", content=b"Key,Name\nk1,Elm Ltd\n",
            store=world.store, by=by, at=AT,
        )  # fmt: skip
    shared |= {"mapping": "stage", "run": staged.run_id}


def _try_draft(shared: dict[str, str], vendor: dict[str, Actor]) -> None:
    """Another share as a draft, tried on what was decided; leadership is asked to sign it."""
    from counterfoil.apps.playbooks.services import save_draft
    from counterfoil.flows.try_draft import try_draft

    text = stock.shipped()["mdf-claim.yaml"]
    text = text.replace("value: 50%", "value: 40%").replace(
        "design_owner: team_lead", "sign_off: [leadership]\ndesign_owner: team_lead"
    )
    with acting_as(staff()):
        saved = save_draft(
            source=text, code="mdf-claim", by=vendor["operations"], at=stock.CLAIMED,
            note="Forty instead of fifty",
        )  # fmt: skip
        trial = try_draft(version_id=saved.public_id, by=vendor["team_lead"], at=stock.CLAIMED)
    assert trial.changed > 0
    shared |= {"tried": saved.public_id, "trial": trial.public_id}


def _audit(shared: dict[str, str], vendor: dict[str, Actor]) -> None:
    """Dry-run audits over what was decided: one of each state, with one of each thing in it."""
    auditor, at = vendor["auditor"], stock.CLAIMED + timedelta(days=1)
    plan = Plan(Method.RANDOM, "stage", 950_000, size=4)

    def opened(title: str, draft: str = "") -> str:
        return engage.open_engagement(
            title=title, purpose="Were they decided by the rules?", program="growth",
            first_on=date(2026, 1, 1), last_on=date(2026, 12, 31), playbooks=[], draft=draft,
            seed="stage", questions=["By the rules?", "Right amount?"], by=auditor, at=at,
        )  # fmt: skip

    with acting_as(staff()):
        shared["fresh_engagement"] = opened("Not drawn yet")
        shared["planned_engagement"] = opened("Not sampled yet")
        engage.draw_population(engagement_id=shared["planned_engagement"], by=auditor, at=at)
        for name, draft in (("engagement", shared["tried"]), ("closed_engagement", "")):
            shared[name] = opened(f"The {name.replace('_', ' ')}", draft)
            given = {"engagement_id": shared[name], "by": auditor, "at": at}
            engage.draw_population(**given)
            engage.draw_sample(plan=plan, **given)
            papers = get_engagement(shared[name]).papers
            for paper in papers if name == "closed_engagement" else papers[1:]:
                audit.answer_paper(
                    paper_id=paper.id, answers=["yes", "no"], seen="The invoice.",
                    right_minor=None, by=auditor, at=at,
                )  # fmt: skip
            ask = audit.ask_for(
                body="The signed order.", asked_of="", due_on=date(2026, 6, 1), **given
            )
            audit.reply_to(
                ask_id=ask, body="Attached.", evidence=["evd_1"], is_settled=False,
                by=vendor["operations"], at=at,
            )  # fmt: skip
            finding = audit.write_finding(
                kind="gap", title="Nobody asks for the order", body="It would show who booked.",
                criterion="", papers=[papers[0].id], **given,
            )  # fmt: skip
            refinement = audit.name_refinement(
                finding_id=finding, body="Ask for it.", owner=vendor["team_lead"].id,
                due_on=date(2026, 9, 1), by=auditor, at=at,
            )  # fmt: skip
        engage.close_engagement(conclusion="Mostly sound.", **given)
    shared |= {"closed_paper": papers[0].id, "closed_finding": finding}
    with acting_as(staff()):
        found = get_engagement(shared["engagement"])
    shared |= {
        "engagement_paper": found.papers[0].id, "answered_paper": found.papers[1].id,
        "engagement_ask": found.asks[0].id, "engagement_finding": found.findings[0].id,
        "refinement": found.findings[0].refinements[0].id, "closed_refinement": refinement,
    }  # fmt: skip


def _look_up(sides: dict[str, Side], shared: dict[str, str]) -> None:
    from counterfoil.apps.audit.models import Event
    from counterfoil.apps.ledger.models import Account, Entry
    from counterfoil.apps.messaging.models import OutboxMessage
    from counterfoil.apps.partners.models import Membership
    from counterfoil.apps.playbooks.models import PlaybookVersion
    from counterfoil.apps.submissions.models import Decision, Evidence

    with acting_as(staff()):
        shared["playbook"] = PlaybookVersion.objects.filter(code="mdf-claim", version=1)[
            0
        ].public_id
        for side in sides.values():
            here = {"partner_id": side.partner_pk}
            files = Evidence.objects.filter(**here).exclude(sha256="")
            side.file_hashes = frozenset(
                sha for row in files for sha in (row.sha256, *map(str, row.previews))
            )
            side.ids |= {
                "evidence": files.filter(kind="invoice")[0].public_id,
                "membership": Membership.objects.get(
                    user_id=side.member.user_pk, **here
                ).public_id,
                "entry": Entry.objects.filter(**here)[0].public_id,
                "account": Account.objects.filter(**here)[0].code,
                "event": Event.objects.filter(**here)[0].pk,
                "decision": Decision.objects.filter(**here)[0].public_id,
                "mail": OutboxMessage.objects.filter(**here)[0].pk,
            }
