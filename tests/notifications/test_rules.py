"""Templates: every language says everything, with the same blanks."""

from string import Formatter
from typing import get_args

import pytest

from functions.notifications import _rules as rules
from schemas.admin import Reason
from schemas.notifications import NotificationType
from schemas.shape import Language

LANGUAGES = get_args(Language)
KINDS = get_args(NotificationType)


def _blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_template_exists_in_every_language_with_the_same_blanks() -> None:
    found = rules.templates()["notifications"]
    assert set(found) == set(KINDS)
    for kind, by_language in found.items():
        assert set(by_language) == set(LANGUAGES), kind
        for part in ("title", "body"):
            wanted = _blanks(by_language["en"][part])
            for language, wording in by_language.items():
                assert wording[part].strip(), (kind, language)
                assert _blanks(wording[part]) == wanted, (kind, language)


def test_every_reason_has_its_sentence_in_every_language() -> None:
    found = rules.templates()["reasons"]
    assert set(found) == set(get_args(Reason))
    for reason, by_language in found.items():
        assert set(by_language) == set(LANGUAGES), reason
        assert all(each.strip() for each in by_language.values()), reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_languages_say_the_same(kind: NotificationType, language: str) -> None:
    others = {
        each["body"]
        for tag, each in rules.templates()["notifications"][kind].items()
        if tag != language
    }
    assert rules.templates()["notifications"][kind][language]["body"] not in others


@pytest.mark.parametrize(
    ("wanted", "used"),
    [("pt", "pt"), ("pt-BR", "pt"), ("ar-Latn-EG", "ar"), ("zu", "en"), ("", "en")],
)
def test_the_nearest_language_is_spoken(wanted: str, used: str) -> None:
    assert rules.spoken(wanted, dict.fromkeys(LANGUAGES)) == used


def test_what_people_wrote_is_never_read_as_a_template() -> None:
    parameters = {"title": "{reason} {0.__class__}", "reason": "OTHER", "note": "{title}"}
    told = rules.worded("listing_rejected", "en", parameters)
    assert "{reason} {0.__class__}" in told["body"]
    assert "{title}" in told["body"]


def test_a_title_that_runs_the_other_way_is_isolated() -> None:
    told = rules.worded("listing_published", "en", {"title": "قماش"})
    assert "\u2068قماش\u2069" in told["body"]
