"""Filters mean here what they mean to Pub/Sub, and every subscription's is one that it takes."""

import pytest

from local.filters import BadFilterError, compiled
from shared.entry import Entry
from shared.manifest import plan
from tests.architecture.samples import EVENTS, named

ADA = {"type": "ListingPublished", "country": "NG", "x-y": 'a"b'}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ('attributes.type = "ListingPublished"', True),
        ('attributes.type="ListingPublished"', True),
        ('attributes.type = "Listing"', False),
        ('attributes.type != "Listing"', True),
        ('attributes.absent != "Listing"', True),
        ("attributes:country", True),
        ("attributes:absent", False),
        ('attributes."x-y" = "a\\"b"', True),
        ('hasPrefix(attributes.type, "Listing")', True),
        ('hasPrefix(attributes.type, "User")', False),
        ('hasPrefix(attributes.absent, "")', False),
        ("NOT attributes:absent", True),
        ('attributes:country AND attributes.country = "KE"', False),
        ('attributes.country = "KE" OR attributes.country = "NG"', True),
        ('(attributes:absent OR attributes:type) AND NOT (attributes.country = "KE")', True),
        ("NOT(attributes:type)", False),
    ],
)
def test_a_filter_decides(text: str, passes: bool) -> None:
    assert compiled(text)(ADA) is passes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage ((",
        'type = "a"',
        "attributes.type = a",
        'attributes.type = "a',
        'attributes.type = "a" attributes:b',
        'attributes.type = "a" and attributes:b',
        "attributes:a AND attributes:b OR attributes:c",
        "(attributes:a",
        "attributes:a)",
        "attributes:a AND",
        "NOT",
        f'attributes.type = "{"a" * 240}"',
    ],
)
def test_what_pubsub_would_refuse_is_refused(text: str) -> None:
    """Its emulator would not."""
    with pytest.raises(BadFilterError):
        compiled(text)


@pytest.mark.parametrize(**named(EVENTS))
def test_the_filter_of_a_handler_passes_its_own_event_alone(entry: Entry) -> None:
    passes = compiled(plan.trigger_of(entry)["filter"])
    types = {each.event.__name__ for each in EVENTS if each.event}
    assert entry.event is not None
    assert {each for each in types if passes({"type": each})} == {entry.event.__name__}
