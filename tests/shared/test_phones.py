import pytest

from shared.phones import parse


@pytest.mark.parametrize(
    ("raw", "country", "e164", "region"),
    [
        ("0803 123 4567", "NG", "+2348031234567", "NG"),
        ("2348031234567", "NG", "+2348031234567", "NG"),
        ("+234 (0)803 123 4567", "KE", "+2348031234567", "NG"),
        ("00234 803 123 4567", "KE", "+2348031234567", "NG"),
        ("(00) 234-803-123-4567", "KE", "+2348031234567", "NG"),
        ("+00234 803 123 4567", "KE", "+2348031234567", "NG"),
        ("0712 345 678", "KE", "+254712345678", "KE"),
        ("\u202a+254\u00a0712\u00a0345\u00a0678\u202c", "US", "+254712345678", "KE"),
        ("٠١٠٠١٢٣٤٥٦٧", "EG", "+201001234567", "EG"),
        ("+1 650 253 0000", "GH", "+16502530000", "US"),
    ],
)
def test_a_number_is_read(raw: str, country: str, e164: str, region: str) -> None:
    phone = parse(raw, country)
    assert (phone.e164, phone.region, phone.raw) == (e164, region, raw)


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("07123456", "CI", "+2250707123456"),  # Orange
        ("+225 07 12 34 56", "FR", "+2250707123456"),
        ("0022507123456", "CI", "+2250707123456"),
        ("44 12 34 56", "CI", "+2250544123456"),  # MTN
        ("96123456", "CI", "+2250596123456"),
        ("01123456", "CI", "+2250101123456"),  # Moov
        ("73123456", "CI", "+2250173123456"),
        ("20212345", "CI", "+2252720212345"),  # fixed lines: Orange, MTN, Moov
        ("20012345", "CI", "+2252520012345"),
        ("20812345", "CI", "+2252120812345"),
        ("97123456", "BJ", "+2290197123456"),
        ("+229 97 12 34 56", "NG", "+2290197123456"),
        ("21301234", "BJ", "+2290121301234"),
    ],
)
def test_a_number_from_before_the_change_is_brought_up_to_date(
    raw: str, country: str, e164: str
) -> None:
    assert parse(raw, country).e164 == e164


@pytest.mark.parametrize(("raw", "country"), [("0707123456", "CI"), ("0197123456", "BJ")])
def test_a_number_from_after_the_change_stays(raw: str, country: str) -> None:
    assert parse(raw, country).e164.endswith(raw)


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("", "NG", "not a telephone number"),
        ("call me", "NG", "not a telephone number"),
        ("12345", "NG", "not a telephone number"),
        ("0803 123 456", "NG", "not a telephone number"),
        ("11223344", "CI", "not a telephone number"),
        ("34567890", "CI", "not a telephone number"),
        ("1234 5678", "GM", "not a telephone number"),
        ("0712345678", "XX", "not a telephone number"),
        ("+800 1234 5678", "KE", "not a telephone number"),
        ("0712345678 ext 5", "KE", "extension"),
        ("0" * 60, "KE", "at most 40 characters"),
    ],
)
def test_what_cannot_be_called_is_refused(raw: str, country: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(raw, country)
