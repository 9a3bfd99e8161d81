"""Reads of bank details and of the payee checklist."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet

from counterfoil.apps.partners.models import Contact, Organization
from counterfoil.apps.payouts.errors import UnknownBankDetail
from counterfoil.apps.payouts.models import BankDetail, PayeeDocument
from counterfoil.apps.payouts.selectors.payees import payees_of
from counterfoil.apps.payouts.types import (
    BankDetailInfo,
    ChecklistItem,
    DocumentInfo,
    MailTarget,
)

OPEN = ("proposed", "callback_done", "cooling_off")


def get_bank_detail(detail_id: str) -> BankDetailInfo:
    """This will read bank details, masked. Raises UnknownBankDetail."""
    row = BankDetail.objects.select_related("partner").filter(public_id=detail_id).first()
    if row is None:
        raise UnknownBankDetail(f"There are no bank details {detail_id}.")
    return detail_info(row)


def bank_details_of(*, partner_id: int, currency: str | None = None) -> tuple[BankDetailInfo, ...]:
    """This will list every version of a partner's bank details, the newest first."""
    rows = BankDetail.objects.filter(partner_id=partner_id)
    if currency is not None:
        rows = rows.filter(currency=currency)
    return _infos(rows.order_by("-pk"))


def list_bank_changes(
    *, state: str | None = None, before: int | None = None, limit: int = 50
) -> tuple[BankDetailInfo, ...]:
    """This will list changes that wait for somebody (or those of a state), the newest first."""
    rows = BankDetail.objects.filter(state__in=OPEN if state is None else [state])
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _infos(rows.order_by("-pk")[: max(1, min(limit, 500))])


def active_details(*, partner_ids: Iterable[int]) -> dict[tuple[int, str], BankDetailInfo]:
    """This will read the bank details in use, by partner and currency."""
    rows = BankDetail.objects.filter(partner_id__in=set(partner_ids), state="active")
    return {(row.partner_id, row.currency): row for row in _infos(rows)}


def details_due(*, at: datetime) -> tuple[str, ...]:
    """This will name bank details whose cooling-off is over by `at`."""
    rows = BankDetail.objects.filter(state="cooling_off", cooling_off_until__lte=at)
    return tuple(rows.order_by("pk").values_list("public_id", flat=True))


def same_account_elsewhere(*, detail_id: str) -> tuple[str, ...]:
    """This will name other partners that have or had the very same account."""
    row = BankDetail.objects.filter(public_id=detail_id).values("fingerprint", "partner_id").get()
    others = BankDetail.objects.filter(fingerprint=row["fingerprint"]).exclude(
        Q(partner_id=row["partner_id"]) | Q(state="refused")
    )
    return tuple(
        others.order_by("partner__name").values_list("partner__name", flat=True).distinct()
    )


def documents_of(*, partner_id: int) -> tuple[DocumentInfo, ...]:
    """This will list the current papers of a partner's payee checklist."""
    rows = PayeeDocument.objects.filter(partner_id=partner_id, ended_at__isnull=True)
    return tuple(document_info(row) for row in rows.order_by("kind", "pk"))


def payee_checklist(*, partner_id: int, currency: str, on: date) -> tuple[ChecklistItem, ...]:
    """This will say for each point of the checklist what is missing on the day `on`."""
    payee = next((p for p in payees_of(partner_id=partner_id) if p.currency == currency), None)
    details = bank_details_of(partner_id=partner_id, currency=currency)
    active = next((each for each in details if each.state == "active"), None)
    opened = next((each for each in details if each.is_open), None)
    if payee is None:
        entity = "No payee is entered."
    elif payee.status == "on_hold":
        entity = "The payee is on hold."
    else:
        entity = "" if payee.status == "ready" else "Another person has not checked it yet."
    if active is not None or (payee is not None and payee.route == "erp_bill"):
        # By the other route the ERP keeps them.
        bank = ""
    elif opened is not None:
        bank = "The bank details are not in use yet."
    else:
        bank = "No bank details are entered."
    papers = PayeeDocument.objects.filter(partner_id=partner_id, ended_at__isnull=True)
    return (
        ChecklistItem("legal_entity", "Legal entity", entity),
        ChecklistItem("tax_form", "Tax form", paper_block(papers, "tax_form", on)),
        ChecklistItem("bank_details", "Bank details", bank),
        ChecklistItem(
            "vendor_number",
            "Vendor number in the ERP",
            "" if payee and payee.erp_vendor_number else "No vendor number is entered.",
        ),
        ChecklistItem("documents", "Other documents", _expired(papers, on)),
    )


def paper_block(rows: Iterable[PayeeDocument], kind: str, on: date) -> str:
    """This will say why no paper of `kind` holds on the day `on`; empty when one does."""
    found = [row for row in rows if row.kind == kind]
    if not found:
        return "No tax form is entered." if kind == "tax_form" else f"No {kind} is entered."
    checked = [row for row in found if row.checked_by]
    if not checked:
        return "Another person has not checked the tax form yet."
    if all(row.expires_on is not None and row.expires_on < on for row in checked):
        newest = max(row.expires_on for row in checked if row.expires_on)
        return f"The tax form expired on {newest}."
    return ""


def contacts_on_file(*, partner_id: int) -> tuple[tuple[str, str, str], ...]:
    """This will list contacts with a number: id, name and number, the primary one first."""
    rows = Contact.objects.filter(partner_id=partner_id, ended_at__isnull=True).exclude(phone="")
    return tuple(rows.order_by("-is_primary", "pk").values_list("public_id", "name", "phone"))


def all_mail_targets(*, partner_id: int) -> tuple[MailTarget, ...]:
    """This will list every contact of a partner that has an address, each address once."""
    language = Organization.objects.values_list("language", flat=True).get(pk=partner_id)
    rows = Contact.objects.filter(partner_id=partner_id, ended_at__isnull=True).exclude(email="")
    found: dict[str, MailTarget] = {}
    for name, email in rows.order_by("-is_primary", "pk").values_list("name", "email"):
        found.setdefault(email.lower(), MailTarget(name, email, language))
    return tuple(found.values())


def detail_info(row: BankDetail) -> BankDetailInfo:
    """This will freeze bank details; the encrypted account is no part of it."""
    return BankDetailInfo(
        id=row.pk,
        public_id=row.public_id,
        partner_id=row.partner_id,
        partner_public_id=row.partner.public_id,
        partner_name=row.partner.name,
        currency=row.currency,
        kind=row.kind,
        holder=row.holder,
        bank_country=row.bank_country,
        bic=row.bic,
        masked=row.masked,
        fingerprint=row.fingerprint,
        state=row.state,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        proposed_via=row.proposed_via,
        callback_number=row.callback_number,
        callback_person=row.callback_person,
        callback_note=row.callback_note,
        callback_by=row.callback_by,
        callback_at=row.callback_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        cooling_off_until=row.cooling_off_until,
        active_at=row.active_at,
        ended_at=row.ended_at,
        refused_by=row.refused_by,
        refused_reason=row.refused_reason,
    )


def document_info(row: PayeeDocument) -> DocumentInfo:
    """This will freeze a paper."""
    return DocumentInfo(
        row.public_id, row.partner_id, row.kind, row.form, row.reference, row.expires_on,
        row.entered_by, row.checked_by,
    )  # fmt: skip


def _expired(rows: Iterable[PayeeDocument], on: date) -> str:
    late = [r.form for r in rows if r.kind != "tax_form" and r.expires_on and r.expires_on < on]
    return f"Expired: {', '.join(late)}." if late else ""


def _infos(rows: QuerySet[BankDetail]) -> tuple[BankDetailInfo, ...]:
    return tuple(detail_info(row) for row in rows.select_related("partner"))
