"""Signs of being led elsewhere: seen in seven languages, and not where there are none."""

import pytest

from functions.messaging._rules import signals
from tests.factories.messaging import heard, said, sending, talk
from tests.suite import Suite

SIGNS = [
    ("Call me on WhatsApp", ["other_channel"]),
    ("Please pay outside the app, it is cheaper", ["pay_outside"]),
    ("Send the money first, by Western Union", ["pay_outside"]),
    ("Appelez-moi, payez d'abord", ["other_channel", "pay_outside"]),
    ("C'est mieux en dehors de l'application", ["pay_outside"]),
    ("Me liga amanhã, pague por fora", ["other_channel", "pay_outside"]),
    ("Nipigie kesho, tuma pesa kwanza", ["other_channel", "pay_outside"]),
    ("اتصل بي بالواتساب", ["other_channel"]),
    ("أرسل المال أولاً", ["pay_outside"]),
    ("Ka fara biya, sannan ka kira ni", ["other_channel", "pay_outside"]),
    ("Ẹ kọ́kọ́ san owó", ["pay_outside"]),
    ("nọ́mbà mi ni", ["other_channel"]),
    ("0803 123 4588", ["phone_number"]),
    ("+234-803-123-4588", ["phone_number"]),
    ("2348031234588", ["phone_number"]),
    ("٠٨٠٣١٢٣٤٥٨٨", ["phone_number"]),
    ("zero eight zero three one two three four five eight eight", ["phone_number"]),
    ("sifuri saba moja mbili tatu nne tano sita saba nane", ["phone_number"]),
    ("(07)12 34 56 78", ["phone_number"]),
    ("mango@example.com", ["email"]),
    ("see https://example.com/mango", ["link"]),
]

NONE = [
    "Two pallets of 450 000 000 francs, not 1,250,000.00",
    "It costs NGN 450000000 in all",
    "Delivery on 2026-11-27 at 09:30, or 28.11.2026",
    "One or two of the seven, and then one more",
    "We pay on delivery, in the app",
    "Meet me @ the market",
    "HS code 080450, 40 x 25 kg, 1 000 kg",
    "",
]


@pytest.mark.parametrize(("text", "flags"), SIGNS, ids=[text for text, _ in SIGNS])
def test_k11_a_sign_is_seen(text: str, flags: list[str]) -> None:
    assert signals.flags_of(text) == flags


@pytest.mark.parametrize("text", NONE)
def test_k11_trade_is_no_sign(text: str) -> None:
    assert signals.flags_of(text) == []


def test_k11_it_is_told_to_both_and_nothing_is_refused(suite: Suite) -> None:
    """In the answer, beside the message, and again for what it says once it is changed."""
    made = talk(suite)
    sent = sending(suite, made.customer, made.id, "Pay outside, call me on 0803 123 4588")
    wanted = ["phone_number", "other_channel", "pay_outside"]
    assert (sent.status, sent.data["flags"]) == (201, wanted)
    (one,) = heard(suite, made.owner, made.id)
    assert one["flags"] == wanted
    path = f"PATCH /api/v1/messages/{one['id']}"
    changed = suite.call(path, made.customer, body={"text": "Pay in the app"}, version=1)
    assert changed.data["flags"] == []
    assert said(suite, made.owner, made.id)["flags"] == []
