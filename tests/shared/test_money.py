from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import money

amounts = st.integers(-money.LARGEST_AMOUNT, money.LARGEST_AMOUNT)
currencies = st.sampled_from(sorted(money.CURRENCIES))


@given(amounts, currencies)
def test_every_amount_comes_back_from_what_is_written(amount: int, currency: str) -> None:
    assert money.minor_from_major(money.format_major(amount, currency), currency) == amount


@given(amounts, currencies)
def test_what_is_written_is_the_exact_amount(amount: int, currency: str) -> None:
    written = money.format_major(amount, currency)
    assert Fraction(written) * 10 ** money.exponent(currency) == amount
    assert len(written.partition(".")[2]) == money.exponent(currency)


@pytest.mark.parametrize(
    ("exponent", "codes"),
    [
        (0, "BIF DJF GNF KMF RWF UGX XAF XOF JPY KRW VND CLP ISK PYG VUV XPF"),
        (2, "MGA SOS MRU NGN KES ZAR EGP GHS USD EUR MAD SLE STN ZWG"),
        (3, "LYD TND BHD IQD JOD KWD OMR"),
    ],
)
def test_exponents_are_those_of_the_standard(exponent: int, codes: str) -> None:
    assert {money.exponent(code) for code in codes.split()} == {exponent}


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "NGN", 1250),
        ("12.5", "NGN", 1250),
        ("12", "NGN", 1200),
        ("0.005", "TND", 5),
        ("-0.05", "KES", -5),
        ("+7", "XOF", 7),
        ("007", "XOF", 7),
    ],
)
def test_an_amount_is_read(text: str, currency: str, amount: int) -> None:
    assert money.minor_from_major(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("500.00", "XOF", "0 decimals"),
        ("1.234", "KES", "2 decimals"),
        ("1.2345", "LYD", "3 decimals"),
        ("1,000", "NGN", "not a decimal amount"),
        ("1e3", "NGN", "not a decimal amount"),
        ("", "NGN", "not a decimal amount"),
        (".5", "NGN", "not a decimal amount"),
        ("5.", "NGN", "not a decimal amount"),
        ("٥", "EGP", "not a decimal amount"),
        ("5\n", "NGN", "not a decimal amount"),
        ("NaN", "NGN", "not a decimal amount"),
        ("92233720368547758.08", "NGN", "too large"),
        ("5", "ngn", "unknown currency"),
        ("5", "XXX", "unknown currency"),
    ],
)
def test_an_amount_is_refused(text: str, currency: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        money.minor_from_major(text, currency)
