"""Exact conversion between the minor units that are stored and the major units that people write.

The exponents are those of ISO 4217. Formatting libraries must not supply them: CLDR gives the
ariary and the Somali shilling no decimals because prices are shown so, and amounts stored with that
exponent are a hundred times off for every payment provider.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
    RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
    UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG
"""
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        code: exponent
        for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS))
        for code in codes.split()
    }
)
CURRENCIES: Final = frozenset(EXPONENTS)

# PostgreSQL's bigint, in which every amount is stored.
LARGEST_AMOUNT: Final = 2**63 - 1

_MAJOR: Final = re.compile(r"([+-]?)([0-9]{1,19})(?:\.([0-9]{1,9}))?")


def exponent(currency: str) -> int:
    """Return how many decimals an amount in this currency has."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        message = f"unknown currency: {currency!r}"
        raise ValueError(message) from None


def format_major(amount_minor: int, currency: str) -> str:
    """Write an amount in major units with every decimal of its currency: 1250 NGN is "12.50"."""
    decimals = exponent(currency)
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def minor_from_major(text: str, currency: str) -> int:
    """Read an amount in major units, refusing decimals that its currency does not have.

    Trailing zeros count as decimals: "500.00" XOF comes from a caller who believes that the franc
    has centimes, and who will one day send 50000 for it.
    """
    decimals = exponent(currency)
    parts = _MAJOR.fullmatch(text)
    if parts is None:
        message = f"not a decimal amount: {text[:40]!r}"
        raise ValueError(message)
    sign, whole, fraction = parts[1], parts[2], parts[3] or ""
    if len(fraction) > decimals:
        message = f"{currency} has {decimals} decimals, not {len(fraction)}: {text!r}"
        raise ValueError(message)
    amount = int(whole + fraction.ljust(decimals, "0"))
    if amount > LARGEST_AMOUNT:
        message = f"amount too large: {text!r}"
        raise ValueError(message)
    return -amount if sign == "-" else amount
