"""Stock of the payment tests: our account, partners with bank details in use, claims to pay."""

from datetime import date, timedelta

from counterfoil.adapters.bank_folder import OutboxFolder
from counterfoil.adapters.files_keys import FileSecretBox
from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.payouts import services
from counterfoil.apps.payouts.models import BatchFinding
from counterfoil.apps.payouts.selectors import get_own_account
from counterfoil.apps.service_levels.services import store_calendar
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.journal import FundShare, allocate_earned, claim_approved
from counterfoil.core.money import Money
from counterfoil.flows import change_bank_details, pay
from counterfoil.flows.earn_funds import set_up_fund
from counterfoil.foundation.ids import new_id
from tests.money_stock import AT, CHECKER, FINANCE, OPS, make_partner, make_program, next_key

LEAD = Actor("usr_lead", "Lea Lead", (Grant("team_lead"),), user_pk=4)
SECOND = Actor("usr_second", "Sam Second", (Grant("finance_checker"),), user_pk=5)
CALLER = Actor("usr_caller", "Cal Caller", (Grant("finance_maker"),), user_pk=6)
IBANS = (
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "AT611904300234573201",
    "BE68539007547034",
    "ES9121000418450200051332",
)
LONG_AGO = AT - timedelta(days=60)


class Bank:
    """A program with a fund, our account, and partners who are paid by bank file."""

    def __init__(
        self, folder, *, file_format="pain.001.001.09", channel="folder", code="main-eur"
    ):
        self.box = FileSecretBox(folder / "keys", may_create=True)
        self.folder = OutboxFolder(folder / "outbox")
        make_program("growth")
        self.fund = set_up_fund(
            program="growth", code="mdf", name="MDF", period="2026-Q1", cost_center="CC-7",
            budget=Money(10_000_000, "EUR"), earn_rate_ppm=20_000, starts_on=date(2026, 1, 1),
            ends_on=date(2026, 3, 31), claims_until=date(2026, 5, 31), by=FINANCE, at=LONG_AGO,
        )  # fmt: skip
        bank_calendar()
        self.account = services.enter_own_account(
            code=code, holder="Northgate Systems GmbH", currency="EUR", file_format=file_format,
            calendar="bank", iban="DE02120300000000202051", is_sepa=True, org="NGS",
            channel=channel, by=FINANCE, at=LONG_AGO,
        )  # fmt: skip

    @classmethod
    def again(cls, folder, *, code="main-eur"):
        """This will open what another process set up in the same database."""
        bank = cls.__new__(cls)
        bank.box = FileSecretBox(folder / "keys")
        bank.folder = OutboxFolder(folder / "outbox")
        bank.account = get_own_account(code)
        return bank

    def partner(self, name="Alpine", *, iban=IBANS[0], has_details=True, has_paper=True):
        made = make_partner(name, program="growth")
        made.contact = add_contact(
            partner_id=made.public_id, name="Kim", email="kim@example.com",
            phone="+49 40 1234", is_primary=True, by=OPS, at=LONG_AGO - timedelta(days=30),
        )  # fmt: skip
        payee = services.enter_payee(
            partner_id=made.pk, legal_name=f"{name} GmbH", erp_vendor_number=f"V{made.pk}",
            currency="EUR", route="bank_file", by=OPS, at=LONG_AGO,
        )  # fmt: skip
        services.check_payee(payee_id=payee.public_id, by=CHECKER, at=LONG_AGO)
        if has_paper:
            paper = services.enter_document(
                partner_id=made.pk, kind="tax_form", form="W-8BEN-E",
                expires_on=date(2028, 12, 31), by=OPS, at=LONG_AGO,
            )  # fmt: skip
            services.check_document(document_id=paper.public_id, by=CHECKER, at=LONG_AGO)
        if has_details:
            self.details(made, iban, at=LONG_AGO)
        return made

    def proposed(self, partner, iban, *, at=AT, by=OPS):
        return change_bank_details.propose_bank_details(
            partner_id=partner.pk, currency="EUR", holder=f"{partner.name} GmbH", iban=iban,
            reason="New bank", via="console", box=self.box, by=by, at=at,
        )  # fmt: skip

    def cooling(self, partner, iban, *, at=AT):
        detail = self.proposed(partner, iban, at=at)
        change_bank_details.call_back(
            detail_id=detail.public_id, contact_id=partner.contact, person="Kim", note="Yes.",
            by=CALLER, at=at,
        )  # fmt: skip
        return change_bank_details.approve_bank_details(
            detail_id=detail.public_id, by=CHECKER, at=at
        )

    def details(self, partner, iban, *, at=LONG_AGO):
        detail = self.cooling(partner, iban, at=at)
        change_bank_details.activate_bank_details(by=OPS, at=detail.cooling_off_until)
        return detail

    def claim(self, partner, minor, *, ref=None):
        share = FundShare(self.fund.public_id, partner.public_id, "2026-Q1")
        ref, amount = ref or new_id("sub"), Money(minor, "EUR")
        how = {"share": share, "effective_on": date(2026, 3, 31), "source_ref": ref}
        post_entry(
            draft=allocate_earned(amount=amount, idem_key=next_key("alloc"), **how), by=OPS, at=AT
        )
        post_entry(
            draft=claim_approved(
                approved=amount, is_committed=False, idem_key=next_key("claim"), **how
            ),
            by=OPS,
            at=AT,
        )
        return ref

    def seal(self, *, at=AT, by=FINANCE, **more):
        return pay.seal_payments(
            own_account=self.account.code, box=self.box, folder=self.folder, by=by, at=at, **more
        )

    def clear(self, batch, *, by=LEAD, at=AT):
        for pk in BatchFinding.objects.filter(batch__public_id=batch.public_id).values_list(
            "pk", flat=True
        ):
            pay.clear_finding(finding_id=pk, by=by, at=at, note="Known.")

    def approve(self, batch, *people, at=AT):
        done = batch
        for person in people or (LEAD, SECOND):
            done = pay.approve_payments(
                batch_id=batch.public_id, sha256=batch.sha256, proof="test", by=person, at=at
            )
        return done

    def approved(self, **more):
        batch = self.seal(**more)
        self.clear(batch)
        return self.approve(batch)

    def release(self, batch, *, by=CHECKER, at=AT):
        return pay.release_payments(batch_id=batch.public_id, folder=self.folder, by=by, at=at)

    def dispatch(self, batch, *, by=CHECKER, at=AT):
        return pay.dispatch_payments(batch_id=batch.public_id, folder=self.folder, by=by, at=at)

    def sent(self, **more):
        return self.dispatch(self.release(self.approved(**more)))


def bank_calendar():
    """This will store a bank's calendar: Monday to Friday in Berlin, closed on one Monday."""
    return store_calendar(
        code="bank", title="Bank", zone="Europe/Berlin",
        weekly={str(day): [["08:00", "18:00"]] for day in range(5)},
        holidays=[["2026-04-06", "Easter Monday"]], source="test", by=OPS, at=LONG_AGO,
    )  # fmt: skip
