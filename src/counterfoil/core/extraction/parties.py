"""Names, accounts and tax numbers of the parties on an invoice."""

import re
import unicodedata
from collections.abc import Sequence

from counterfoil.core.extraction.quotes import ExtractedText, Line, Quote, lines_of

_IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30})(?![A-Za-z0-9])")
# Council Directive 2006/112/EC, article 215, and the formats published by VIES; GB, CH, NO beside.
_VAT = re.compile(
    r"(?<![A-Z0-9])("
    r"ATU ?\d{8}|BE ?[01]\d{3}[ .]?\d{3}[ .]?\d{3}|BG ?\d{9,10}|CY ?\d{8}[A-Z]|CZ ?\d{8,10}|"
    r"DE ?\d{3} ?\d{3} ?\d{3}|DK ?(?:\d{2} ?){4}|EE ?\d{9}|EL ?\d{9}|ES ?[A-Z0-9]\d{7}[A-Z0-9]|"
    r"FI ?\d{8}|FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}|HR ?\d{11}|HU ?\d{8}|"
    r"IE ?\d[A-Z0-9]\d{5}[A-Z]{1,2}|"
    r"IT ?\d{11}|LT ?(?:\d{9}|\d{12})|LU ?\d{8}|LV ?\d{11}|MT ?\d{8}|NL ?\d{9}B\d{2}|PL ?\d{10}|"
    r"PT ?\d{9}|RO ?\d{2,10}|SE ?\d{12}|SI ?\d{8}|SK ?\d{10}|GB ?\d{3} ?\d{4} ?\d{2}|"
    r"CHE[- ]?\d{3}\.?\d{3}\.?\d{3}(?: ?(?:MWST|TVA|IVA))?"
    r")(?![A-Z0-9])"
)
_OTHER_TAX_ID = re.compile(
    r"\b(?:tax id|ein|steuernummer|steuer-nr|abn|gstin)\b\.?\s*[:#]*\s*"
    r"(\d[0-9A-Z/ -]{5,18}[0-9A-Z])(?![A-Za-z])",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(gmbh|ag|kg|ohg|gbr|ug|se|ltd|limited|llp|llc|inc|corp|corporation|company|co|plc|"
    r"s\.?a\.?s?|s\.?r\.?l|sarl|b\.?v|n\.?v|oy|ab|aps|a/s|as|s\.?p\.?a|sp\. z o\.o|pty|pte)\b\.?",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"\d{4,}|@|www\.|https?:|^(invoice|rechnung|tax invoice|credit note|gutschrift|quotation|"
    r"angebot|receipt|page|seite|date|datum|bill to|rechnung an|ship to)\b",
    re.IGNORECASE,
)
_CUSTOMER = re.compile(
    r"^\s*(bill(ed)? to|invoice to|sold to|customer|rechnung an|kunde|an|factur[ée]e? à)\b",
    re.IGNORECASE,
)
_FIRST_LINES = 15


def is_iban(text: str) -> bool:
    """Return whether the text is an IBAN whose check digits hold (ISO 13616-1, modulo 97)."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    digits = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def ibans_in(pages: Sequence[str]) -> tuple[ExtractedText, ...]:
    """Return the accounts whose check digits hold, each once."""
    found: dict[str, ExtractedText] = {}
    for line in lines_of(pages):
        for match in _IBAN.finditer(line.text):
            end = _longest_iban(match[1])
            if end:
                value = match[1][:end].replace(" ", "")
                quote = line.quote(match.start(1), match.start(1) + end)
                found.setdefault(value, ExtractedText(value, quote))
    return tuple(found.values())


def _longest_iban(text: str) -> int:
    """Return how many characters of the text are an IBAN: words after it may look like more."""
    for end in range(len(text), 14, -1):
        if text[end - 1] != " " and is_iban(text[:end]):
            return end
    return 0


def tax_ids_in(pages: Sequence[str]) -> tuple[ExtractedText, ...]:
    """Return VAT numbers by their national formats and tax numbers that are labeled, each once."""
    found: dict[str, ExtractedText] = {}
    for line in lines_of(pages):
        if _IBAN.search(line.text) and "IBAN" in line.text.upper():
            continue
        for match in (*_VAT.finditer(line.text), *_OTHER_TAX_ID.finditer(line.text)):
            value = re.sub(r"[ .]", "", match[1]).upper()
            if any(char.isdigit() for char in value):
                quote = line.quote(match.start(1), match.end(1))
                found.setdefault(value, ExtractedText(value, quote))
    return tuple(found.values())


def supplier_of(pages: Sequence[str]) -> ExtractedText | None:
    """Return the likeliest name of the supplier: the first line with a company form, or the first.

    Free reading of names is the weakest field by far (80 % on receipts, reference/screening.md);
    where the supplier is known, `find_mention` with its registered name is the better question.
    """
    candidates: list[Line] = []
    for line in list(lines_of(pages[:1]))[:_FIRST_LINES]:
        if _CUSTOMER.search(line.text):
            break
        if not _NOT_A_NAME.search(line.text.strip()) and any(map(str.isalpha, line.text)):
            candidates.append(line)
    for line in candidates:
        if _COMPANY.search(line.text):
            return _name(line)
    return _name(candidates[0]) if candidates else None


def _name(line: Line) -> ExtractedText:
    """Return a whole line as a name."""
    start = len(line.text) - len(line.text.lstrip())
    quote = line.quote(start, len(line.text.rstrip()))
    return ExtractedText(" ".join(quote.text.split()), quote)


def find_mention(pages: Sequence[str], name: str) -> Quote | None:
    """Return where a known name stands, whatever its case, accents, blanks and punctuation.

    The legal form may be missing on paper, so it is left out of the comparison; a name of fewer
    than four letters without it is never found, because it would be found everywhere.
    """
    wanted = _folded(_COMPANY.sub(" ", name))
    if len(wanted.replace(" ", "")) < 4:
        return None
    pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    for line in lines_of(pages):
        if pattern.search(_folded(line.text)):
            return line.quote(0, len(line.text))
    return None


def _folded(text: str) -> str:
    """Return text in lower case without accents and punctuation, single blanks between words."""
    expanded = text.replace("ß", "ss").replace("&", " and ")
    plain = unicodedata.normalize("NFKD", expanded).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())
