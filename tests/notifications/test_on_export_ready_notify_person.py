"""Telling somebody that what is held of him may be fetched."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.notifications import _rules as rules
from schemas.events.users import ExportReady
from shared.ids import new_id
from tests.factories.events import hand
from tests.factories.users import leaving, person
from tests.suite import Person, Suite

HANDLER = "on_export_ready_notify_person"


def _ready(who: Person) -> ExportReady:
    assert who.user_id is not None
    expires_at = datetime.now(UTC) + timedelta(days=7)
    return ExportReady(export_id=new_id(), user_id=who.user_id, expires_at=expires_at)


@pytest.mark.parametrize("language", rules.templates()["notifications"]["export_ready"])
def test_he_is_told_once_in_his_language_and_nobody_else_is(suite: Suite, language: str) -> None:
    ngozi, ada = person(suite, language=language), person(suite)
    event = _ready(ngozi)
    hand(suite, HANDLER, event)
    hand(suite, HANDLER, event)
    (told,) = suite.call("GET /api/v1/notifications", ngozi).data
    wording = rules.templates()["notifications"]["export_ready"][language]
    assert (told["language"], told["title"], told["body"]) == (
        language,
        wording["title"],
        wording["body"],
    )
    assert told["parameters"] == {"expires_at": event.expires_at.isoformat()}
    assert suite.call("GET /api/v1/notifications", ada).data == []


def test_every_export_is_news(suite: Suite) -> None:
    ngozi = person(suite)
    for _ in range(2):
        hand(suite, HANDLER, _ready(ngozi))
    assert len(suite.call("GET /api/v1/notifications", ngozi).data) == 2


def test_p19_who_waits_to_be_erased_is_told_nothing(suite: Suite) -> None:
    ngozi = person(suite)
    leaving(suite, ngozi)
    hand(suite, HANDLER, _ready(ngozi))
    assert suite.value("SELECT count(*) FROM notifications.notification") == 0
