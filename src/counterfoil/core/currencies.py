"""Frozen ISO 4217 currency exponents: how many decimals one unit of a currency has.

Source: ISO 4217:2015, list one (current currencies and funds), as published by the maintenance
agency (SIX) for 2026-01-01, and list three for the recently withdrawn codes. The table is frozen
on purpose: a library that follows CLDR scales 13 of these codes differently (IQD and RSD, say),
and a new release of it would change stored money. Codes without a minor unit (XAU, XXX) are
absent.
"""

from types import MappingProxyType
from typing import Final

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DECIMALS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_WITHDRAWN_TWO_DECIMALS = "ANG BGN CUC HRK SLL ZWL"

EXPONENTS: Final = MappingProxyType(
    {
        code: decimals
        for decimals, codes in (
            (0, _NO_DECIMALS),
            (2, _TWO_DECIMALS + _WITHDRAWN_TWO_DECIMALS),
            (3, _THREE_DECIMALS),
            (4, _FOUR_DECIMALS),
        )
        for code in codes.split()
    }
)
"""Currency code to number of decimals, withdrawn codes included so that old records still read."""

WITHDRAWN: Final = frozenset(_WITHDRAWN_TWO_DECIMALS.split())
"""Codes that old records may carry and that no new program should use."""


class UnknownCurrency(ValueError):
    """The code is not an ISO 4217 currency with a minor unit."""

    def __init__(self, code: object) -> None:
        super().__init__(
            f"{code!r} is not an ISO 4217 currency code; write three capital letters such as EUR"
        )
        self.code = code


def exponent(currency: str) -> int:
    """Return the number of decimals of `currency` (0 to 4). Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None
