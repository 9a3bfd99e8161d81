"""Looks over all partners: where an invoice or a file was used before, who the supplier is.

Only the worker and staff can run these; the portal's role sees its own rows and no index.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Q
from django.db.models.expressions import RawSQL

from counterfoil.apps.partners.models import Organization
from counterfoil.apps.submissions.models import (
    Detail,
    Evidence,
    InspectedFile,
    InvoiceKey,
    Submission,
)
from counterfoil.apps.submissions.selectors.cases import LIVE
from counterfoil.apps.submissions.types import DealUse, FileReading, Head, Use
from counterfoil.core.adjudication import Line, value_from_json
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.matching import (
    PartyFacts,
    SelfDealingHit,
    invoice_key,
    invoice_number_key,
    self_dealing,
)
from counterfoil.core.money import Money, MoneyError

KEY_MAX = 200
USES_MAX = 20
DEAL_KEY = RawSQL(
    "upper(regexp_replace(submissions_detail.value #>> '{}', '[^A-Za-z0-9]', '', 'g'))", ()
)
"""The key of a deal as the database computes it; `deal_key` says the same of a text."""


def keys_of_line(line: Line) -> tuple[str, str] | None:
    """This will return the exact and the wide key of an invoice line, or None without a number.

    Exact keys stand for one line of one invoice; the wide key for the invoice by its supplier.
    """
    given = {name: fact.value for name, fact in line.facts.items()}
    supplier, number, issued, net = (
        given.get(name) for name in ("supplier", "number", "date", "net")
    )
    if not isinstance(supplier, str) or not isinstance(number, str):
        return None
    tax_id = given.get("supplier_tax_id")
    who = {"supplier_tax_id": tax_id if isinstance(tax_id, str) else "", "supplier_name": supplier}
    try:
        wide = invoice_number_key(**who, number=number)
        total = _total(net, given.get("tax"))
        if total is None or type(issued) is not date:
            return f"n:{_short(wide)}", f"n:{_short(wide)}"
        exact = invoice_key(**who, number=number, issued_on=issued, total=total)
    except ValueError:
        return None
    return f"x:{_short(exact)}", f"n:{_short(wide)}"


def _total(net: object, tax: object) -> Money | None:
    if not isinstance(net, Money):
        return None
    try:
        return net + tax if isinstance(tax, Money) else net
    except MoneyError:
        return net


def _short(key: str) -> str:
    return key if len(key) <= KEY_MAX - 2 else sha256_hex(key.encode())


def uses_of_invoices(keys: Iterable[str], *, submission_id: str) -> dict[str, tuple[Use, ...]]:
    """This will return, by key, the live submissions other than this one that used it."""
    rows = list(
        InvoiceKey.objects.filter(key__in=set(keys))
        .exclude(submission=submission_id)
        .order_by("pk")
        .values_list("key", "submission", "line")
    )
    live = _live({submission for _, submission, _ in rows})
    found: dict[str, list[Use]] = {}
    for key, submission, line in rows:
        use = live.get(submission)
        if use is not None and len(found.setdefault(key, [])) < USES_MAX:
            found[key].append(Use(use.submission_id, use.number, use.partner_id, line))
    return {key: tuple(uses) for key, uses in found.items()}


def uses_of_files(
    readings: Sequence[FileReading], *, head: Head, is_activity_proof: Mapping[str, bool]
) -> dict[str, tuple[Use, ...]]:
    """This will return, by evidence id, where the same file, text or picture was used before.

    A file of the request that a claim draws on is no reuse, nor is the picture of a logo that
    every invoice of a supplier carries: pictures count for proof of activity only.
    """
    found: dict[str, tuple[Use, ...]] = {}
    for reading in readings:
        is_proof = is_activity_proof.get(reading.kind, False)
        family = _family(head, is_activity_proof=is_proof)
        same = Q(sha256=reading.sha256)
        if reading.text_sha256 and len("".join(reading.page_texts)) >= TEXT_MIN:
            same |= Q(text_sha256=reading.text_sha256)
        if reading.image_hashes and is_proof:
            same |= _shares_picture(reading.image_hashes)
        contents = set(InspectedFile.objects.filter(same).values_list("sha256", flat=True)[:200])
        rows = (
            Evidence.objects.filter(
                sha256__in=contents | {reading.sha256}, removed_at__isnull=True
            )
            .exclude(submission_id__in=family)
            .order_by("pk")
            .values_list("submission__public_id", "name")[:200]
        )
        names = dict(rows)
        uses = tuple(
            Use(use.submission_id, use.number, use.partner_id, names[use.submission_id])
            for use in _live(names).values()
        )
        if uses:
            found[reading.evidence_id] = uses[:USES_MAX]
    return found


TEXT_MIN = 80
"""Shorter texts (a page number, a stamp) are equal by chance."""


def _shares_picture(hashes: Sequence[str]) -> Q:
    condition = Q()
    for each in hashes[:50]:
        condition |= Q(image_hashes__contains=[each])
    return condition


def _family(head: Head, *, is_activity_proof: bool) -> set[int]:
    """Return the submissions whose files may be the same: its request, and for proof of the
    activity (never for invoices) the other claims on it.
    """
    if head.parent_pk is None:
        return {head.pk}
    if not is_activity_proof:
        return {head.pk, head.parent_pk}
    claims = Submission.objects.filter(parent_id=head.parent_pk).values_list("pk", flat=True)
    return {head.pk, head.parent_pk, *claims}


def _live(submissions: Iterable[str]) -> dict[str, Use]:
    rows = Submission.objects.filter(LIVE, public_id__in=list(submissions))
    return {
        public_id: Use(public_id, number, partner_id)
        for public_id, number, partner_id in rows.order_by("received_at", "pk").values_list(
            "public_id", "number", "partner_id"
        )
    }


def readings_of(pk: int) -> tuple[FileReading, ...]:
    """This will return what the reader said of each file of a submission, in order."""
    rows = Evidence.objects.filter(submission_id=pk, removed_at__isnull=True).exclude(sha256="")
    return tuple(
        FileReading(
            evidence_id=row.public_id,
            kind=row.kind,
            name=row.name,
            sha256=row.sha256,
            media_type=row.media_type,
            page_texts=tuple(row.reading.get("page_texts", ())),
            text_sha256=row.reading.get("text_sha256") or "",
            image_hashes=tuple(row.reading.get("image_sha256s", ())),
            flags=tuple(row.flags),
        )
        for row in rows.order_by("pk")
    )


def self_dealing_hits(line: Line, *, partner_id: int) -> tuple[SelfDealingHit, ...]:
    """This will return each sign that a line's supplier is the partner itself."""
    partner = Organization.objects.only("name", "legal_name", "tax_id", "mail_domains").get(
        pk=partner_id
    )
    given = {name: fact.value for name, fact in line.facts.items()}

    def text(name: str) -> tuple[str, ...]:
        value = given.get(name)
        return (value,) if isinstance(value, str) and value else ()

    supplier = PartyFacts(text("supplier"), text("supplier_tax_id"), text("supplier_email"))
    own = PartyFacts(
        tuple(name for name in (partner.name, partner.legal_name) if name),
        (partner.tax_id,) if partner.tax_id else (),
        tuple(partner.mail_domains),
    )
    return self_dealing(supplier, own)


def deal_key(text: str) -> str:
    """This will return a deal's name without case, spaces and signs: opp-0042 is OPP 0042."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def uses_of_deal(text: str, *, head: Head) -> tuple[DealUse, ...]:
    """This will return every other live submission under the same playbook for the same deal.

    Over all partners, so only staff and worker get all of them. Nothing for a name without letters
    or digits.
    """
    key = deal_key(text)
    if not key:
        return ()
    newest = (
        Detail.objects.filter(name="opportunity_id", submission__playbook_code=head.playbook_code)
        .annotate(key=DEAL_KEY)
        .filter(key=key)
        .exclude(submission_id=head.pk)
    )
    rows = (
        Submission.objects.filter(
            LIVE, pk__in=list(newest.values_list("submission_id", flat=True))
        )
        .order_by("pk")
        .values_list("pk", "public_id", "number", "partner_id", "outcome")
    )
    return tuple(
        DealUse(public_id, number, partner, outcome == "qualified")
        for pk, public_id, number, partner, outcome in rows
        if _names_deal(pk, key)
    )


def _names_deal(pk: int, key: str) -> bool:
    """Return whether the newest row of the detail still names the deal."""
    row = Detail.objects.filter(submission_id=pk, name="opportunity_id").order_by("-seq").first()
    return row is not None and deal_key(str(value_from_json(row.value) or "")) == key
