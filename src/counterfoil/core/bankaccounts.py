"""Account numbers: IBAN, BIC and ABA routing numbers, checked before anything is kept.

The one module that knows the library behind it (schwifty: ISO 13616 structures, national check
digits, ISO 9362). The routing number's weights are those of the ABA (3-7-1, modulo 10).
"""

import re
from dataclasses import dataclass

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_iban_spec

SHOWN = 4
"""How many of an account's last characters stay readable when it is masked."""

_PLAIN = re.compile(r"[\s-]+")
_US_ACCOUNT = re.compile(r"[0-9A-Za-z]{4,17}")
_WEIGHTS = (3, 7, 1)


class BadAccount(ValueError):
    """The account can't be right; `field` names which part, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Account:
    """An account that passed its checks; `number` is compact, `routing` only in the US."""

    kind: str
    number: str
    country: str
    bic: str = ""
    routing: str = ""

    @property
    def masked(self) -> str:
        """Return country and the last characters: "DE •••• 0090"."""
        return f"{self.country} •••• {self.number[-SHOWN:]}"

    @property
    def identity(self) -> str:
        """Return what makes two accounts the same one, whatever else is known of them."""
        return self.number if self.kind == "iban" else f"{self.routing}:{self.number}"

    @property
    def is_sepa(self) -> bool:
        """Return whether the account is inside the SEPA zone."""
        return self.kind == "iban" and in_sepa(self.country)


def in_sepa(country: str) -> bool:
    """Return whether IBANs of a country (ISO 3166, two letters) are inside the SEPA zone."""
    try:
        return bool(get_iban_spec(country).in_sepa_zone)
    except SchwiftyException:
        return False


def check_iban(text: str, *, bic: str = "") -> Account:
    """Return the account of an IBAN, with its BIC where it is given or known. Raises BadAccount.

    The country's structure, its check digits and its own check of the account number all hold.
    """
    compact = _PLAIN.sub("", text).upper()
    try:
        iban = IBAN(compact, validate_bban=True)
    except SchwiftyException as error:
        raise BadAccount("iban", f"The IBAN is not valid: {_words(error)}") from None
    given = check_bic(bic) if bic.strip() else ""
    if given and given[4:6] != iban.country_code and not _shares_banks(given, iban.country_code):
        raise BadAccount(
            "bic", f"The BIC is of {given[4:6]}, the IBAN of {iban.country_code}; ask the payee."
        )
    return Account("iban", compact, iban.country_code, given or _known_bic(iban))


def check_bic(text: str) -> str:
    """Return a BIC in capitals. Raises BadAccount."""
    compact = _PLAIN.sub("", text).upper()
    try:
        return BIC(compact).compact
    except SchwiftyException as error:
        raise BadAccount("bic", f"The BIC is not valid: {_words(error)}") from None


def check_routing(text: str) -> str:
    """Return an ABA routing number. Raises BadAccount when its check digit is wrong."""
    compact = _PLAIN.sub("", text)
    if not (compact.isascii() and compact.isdigit() and len(compact) == 9):
        raise BadAccount("routing", "A routing number has nine digits.")
    total = sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(compact))
    if total % 10 or compact == "000000000":
        raise BadAccount("routing", "The routing number's check digit is wrong; compare it.")
    return compact


def check_us_account(routing: str, number: str) -> Account:
    """Return the account of a routing and an account number. Raises BadAccount."""
    checked = check_routing(routing)
    compact = _PLAIN.sub("", number)
    if _US_ACCOUNT.fullmatch(compact) is None:
        raise BadAccount("account", "An account number has 4 to 17 letters and digits.")
    return Account("us", compact, "US", routing=checked)


def _known_bic(iban: IBAN) -> str:
    try:
        found = iban.bic
    except SchwiftyException:
        return ""
    return str(found) if found else ""


def _shares_banks(bic: str, country: str) -> bool:
    """Return whether banks of `bic`'s country keep accounts with IBANs of `country`.

    French overseas territories, the Crown dependencies and San Marino's neighbors do.
    """
    pairs = {("FR", "MC"), ("GB", "IM"), ("GB", "JE"), ("GB", "GG"), ("IT", "SM"), ("IT", "VA")}
    return (bic[4:6], country) in pairs


def _words(error: SchwiftyException) -> str:
    text = str(error) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
