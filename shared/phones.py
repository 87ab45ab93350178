"""Telephone numbers as people in Africa write them, made into E.164."""

import re
import unicodedata
from typing import Final, NamedTuple

_LONGEST_INPUT: Final = 40

# The two countries whose numbers grew while people kept, and still type, the old ones.
_IVORY_COAST: Final = "225"
_BENIN: Final = "229"
_OLD_LENGTH: Final = 8

# Ivory Coast, 31 January 2021: the operator of the old number gives the new first two digits.
_IVORY_COAST_MOBILE: Final = {
    old: new
    for new, olds in (
        ("01", "01 02 03 40 41 42 43 50 51 52 53 70 71 72 73"),
        ("05", "04 05 06 44 45 46 54 55 56 64 65 66 74 75 76 84 85 86 94 95 96"),
        ("07", "07 08 09 47 48 49 57 58 59 67 68 69 77 78 79 87 88 89 97 98"),
    )
    for old in olds.split()
}
# Fixed lines began with 2 or 3; their third digit named the operator: 0 MTN, 8 Moov, others Orange.
_IVORY_COAST_FIXED: Final = {"0": "25", "8": "21"}
_IVORY_COAST_FIXED_ORANGE: Final = "27"

# What the library answers for +800 and other numbers that are the world's.
_NO_COUNTRY: Final = "001"

_NOT_DIALLED: Final = re.compile(r"[^\d+A-Za-z;=#*,]")


class Phone(NamedTuple):
    """A number that can be called, and what was typed for it."""

    e164: str
    region: str
    raw: str


def parse(raw: str, country: str) -> Phone:
    """Read a number typed in a country, in its national or any international form.

    Raises ValueError with a sentence for the person who typed it.
    """
    # Imported here: its metadata costs more than most functions' whole start.
    import phonenumbers  # noqa: PLC0415

    written = _international_prefix(_dialled(raw))
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException as error:
        raise _refusal(raw, country) from error
    if number.extension:
        message = f"{raw!r} has an extension, which cannot be called from here"
        raise ValueError(message)
    if not phonenumbers.is_valid_number(number):
        renewed = _renewed(
            str(number.country_code), phonenumbers.national_significant_number(number)
        )
        if renewed is None:
            raise _refusal(raw, country)
        number = phonenumbers.parse(renewed)
    region = phonenumbers.region_code_for_number(number)
    if region in {None, _NO_COUNTRY} or not phonenumbers.is_valid_number(number):
        raise _refusal(raw, country)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, str(region), raw)


def _refusal(raw: str, country: str) -> ValueError:
    return ValueError(
        f"{raw[:_LONGEST_INPUT]!r} is not a telephone number that can be called from {country}"
    )


def _dialled(raw: str) -> str:
    """Drop spaces, brackets and the invisible direction marks of a number copied from a chat."""
    if len(raw) > _LONGEST_INPUT:
        message = f"a telephone number has at most {_LONGEST_INPUT} characters"
        raise ValueError(message)
    return _NOT_DIALLED.sub("", unicodedata.normalize("NFKC", raw))


def _international_prefix(written: str) -> str:
    """Read `00` as `+`: in Kenya the parser takes 00234… for a Kenyan number of leading zeros."""
    if written.startswith("+00"):
        return "+" + written[3:]
    return "+" + written[2:] if written.startswith("00") else written


def _renewed(calling_code: str, national: str) -> str | None:
    """Return today's form of a number from before its country's change of numbering."""
    if len(national) != _OLD_LENGTH:
        return None
    if calling_code == _BENIN:
        return f"+{_BENIN}01{national}"
    if calling_code != _IVORY_COAST:
        return None
    if national[0] in "23":
        prefix = _IVORY_COAST_FIXED.get(national[2], _IVORY_COAST_FIXED_ORANGE)
    elif national[:2] in _IVORY_COAST_MOBILE:
        prefix = _IVORY_COAST_MOBILE[national[:2]]
    else:
        return None
    return f"+{_IVORY_COAST}{prefix}{national}"
