"""Exact keys and plain checks that stop a claim from being paid twice or to oneself.

Normal forms of invoice numbers, names, tax numbers and mail domains. Fuzzy scores of rival deals
live elsewhere: what stands here is exact and explains itself in one sentence.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from counterfoil.core.match_tables import DOUBLE_SUFFIXES, LEGAL_FORMS, PUBLIC_MAIL
from counterfoil.core.money import Money

_CONFUSABLE: Final = str.maketrans("OQIL", "0011")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


class SelfDealingSign(StrEnum):
    """Why a supplier looks like the partner itself."""

    SAME_TAX_ID = "same_tax_id"
    SAME_NAME = "same_name"
    SAME_MAIL_DOMAIN = "same_mail_domain"


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What is known of a company: its names, tax numbers, and mail addresses or domains."""

    names: tuple[str, ...] = ()
    tax_ids: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SelfDealingHit:
    """One sign, with the two texts as written and the normal form they share."""

    sign: SelfDealingSign
    supplier_text: str
    partner_text: str
    shared: str


def normalize_invoice_number(text: str) -> str:
    """Return the form in which two spellings of one invoice number are equal; "" if none is there.

    Case, blanks and punctuation go; each part loses its leading zeros; O and Q read as 0, I and L
    as 1 (what scanners and people confuse): "RE-0042/2O26" and "re 42 2026" both give "RE422026".
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    # Zeros go before and after the look-alikes turn to digits: BILL0042 is BILL-42, and O042 is
    # 42.
    parts = (_LEADING_ZEROS.sub("", part) for part in re.findall(r"[^\W_]+", folded))
    digits = (_LEADING_ZEROS.sub("", part.translate(_CONFUSABLE)) for part in parts)
    return _LEADING_ZEROS.sub("", "".join(digits))


def invoice_key(
    *, supplier_tax_id: str, supplier_name: str, number: str, issued_on: date, total: Money
) -> str:
    """Return the exact key under which one invoice may be claimed once, whoever claims it.

    The supplier is its tax number if there is one, else its normalized name. Raises ValueError
    when supplier or number is missing: a key of blanks would make strangers equal.
    """
    supplier = normalize_tax_id(supplier_tax_id) or normalize_company_name(supplier_name)
    normal = normalize_invoice_number(number)
    if not supplier or not normal:
        raise ValueError("an invoice is known by its supplier and its number; one is missing")
    return "|".join((supplier, normal, issued_on.isoformat(), total.format_plain()))


def invoice_number_key(*, supplier_tax_id: str, supplier_name: str, number: str) -> str:
    """Return the wider key, without date and total: equal keys are asked about, not refused.

    Raises ValueError when supplier or number is missing.
    """
    supplier = normalize_tax_id(supplier_tax_id) or normalize_company_name(supplier_name)
    normal = normalize_invoice_number(number)
    if not supplier or not normal:
        raise ValueError("an invoice is known by its supplier and its number; one is missing")
    return f"{supplier}|{normal}"


def normalize_company_name(text: str) -> str:
    """Return the name without case, accents, punctuation, legal form and a leading "the"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    # "S.A." and "B. V." are one word each once the points between single letters are gone.
    joined = re.sub(r"\b([^\W\d_])\.\s?(?=[^\W\d_]\b)", r"\1", plain)
    words = re.findall(r"[^\W_]+", joined)
    while len(words) > 1 and (words[-1] in LEGAL_FORMS or words[-1] == "and"):
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
    return " ".join(words)


def normalize_tax_id(text: str) -> str:
    """Return a tax number's letters and digits, in capitals; "" for fewer than four."""
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(re.findall(r"[^\W_]", folded))
    return kept if len(kept) >= 4 else ""


def registrable_domain(text: str) -> str:
    """Return the domain somebody registered, of a mail address or host name; "" if there is none.

    "Jo@mail.acme.co.uk" gives "acme.co.uk". Two-part suffixes come from a short frozen list, not
    from the public suffix list: an unknown one makes the answer longer, never shared by strangers
    of the listed countries.
    """
    host = text.strip().casefold().rpartition("@")[2].rstrip(".")
    labels = host.split(".")
    if len(labels) < 2 or not all(re.fullmatch(r"[^\W_](?:[\w-]*[^\W_])?", x) for x in labels):
        return ""
    kept = 3 if ".".join(labels[-2:]) in DOUBLE_SUFFIXES else 2
    return ".".join(labels[-kept:]) if len(labels) >= kept else ""


def self_dealing(supplier: PartyFacts, partner: PartyFacts) -> tuple[SelfDealingHit, ...]:
    """Return each sign that the supplier of an invoice is the claiming partner itself.

    Same tax number, same normalized name, or same registered mail domain (public mail providers
    apart). No sign is no proof of the opposite.
    """
    checks = (
        (SelfDealingSign.SAME_TAX_ID, normalize_tax_id, supplier.tax_ids, partner.tax_ids),
        (SelfDealingSign.SAME_NAME, normalize_company_name, supplier.names, partner.names),
        (SelfDealingSign.SAME_MAIL_DOMAIN, _private_domain, supplier.mail, partner.mail),
    )
    hits = []
    for sign, normalize, theirs, ours in checks:
        known = _by_form((normalize(text), text) for text in ours)
        for form, text in _by_form((normalize(text), text) for text in theirs).items():
            if form in known:
                hits.append(SelfDealingHit(sign, text, known[form], form))
    return tuple(hits)


def _private_domain(text: str) -> str:
    """Return the registered domain unless everybody has an address there."""
    domain = registrable_domain(text)
    return "" if domain in PUBLIC_MAIL else domain


def _by_form(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first text of each normal form that is not empty."""
    answer: dict[str, str] = {}
    for form, text in pairs:
        if form:
            answer.setdefault(form, text)
    return answer
