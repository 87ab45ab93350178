import base64
from collections.abc import Iterator

import pytest

from shared import keyring
from shared.cloud import secrets
from shared.settings import MisconfiguredError, settings


def _line(name: str) -> str:
    return f"{name} {base64.b64encode(name.encode().ljust(32, b'.')).decode()}"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("MESSAGE_KEYS", "MESSAGE_KEYS_NAME"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_newest_wraps_and_each_unwraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSAGE_KEYS", f"{_line('new')}\n\n{_line('old')}\n")
    assert keyring.newest() == ("new", b"new".ljust(32, b"."))
    assert keyring.key("old") == b"old".ljust(32, b".")
    with pytest.raises(keyring.UnknownKeyError, match="no key lost in the ring"):
        keyring.key("lost")


def test_a_key_that_was_added_meanwhile_is_found_without_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An instance that kept yesterday's ring asks again when it meets today's key."""
    asked: list[float] = []

    def versions(name: str, *, at_most_seconds: float) -> tuple[bytes, ...]:
        asked.append(at_most_seconds)
        ring = [_line("old")] if at_most_seconds == secrets.KEPT_SECONDS else _NEW
        return ("\n".join(ring).encode(), b"ignored")

    monkeypatch.setenv("MESSAGE_KEYS_NAME", "message-keys")
    monkeypatch.setattr(secrets, "versions", versions)
    assert keyring.newest()[0] == "old"
    assert keyring.key("new") == b"new".ljust(32, b".")
    assert asked == [secrets.KEPT_SECONDS, secrets.KEPT_SECONDS, secrets.DOUBTED_SECONDS]


_NEW = [_line("new"), _line("old")]


@pytest.mark.parametrize(
    "ring",
    [
        "one",
        "one not-base64!",
        f"one {base64.b64encode(b'short').decode()}",
        f"{_line('one')}\n{_line('one')}",
        "  \n ",
    ],
)
def test_a_ring_that_is_none_is_refused_and_not_told(
    monkeypatch: pytest.MonkeyPatch, ring: str
) -> None:
    monkeypatch.setenv("MESSAGE_KEYS", ring)
    with pytest.raises(MisconfiguredError, match="MESSAGE_KEYS") as refused:
        keyring.newest()
    assert "short" not in str(refused.value)
    assert "not-base64" not in str(refused.value)


def test_only_a_development_machine_has_a_key_without_being_given_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert keyring.newest()[0] == "local"
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("CURSOR_SECRET", "secret")
    monkeypatch.setenv("FUNCTION_URL", "https://{name}.example")
    for name in (
        "DB_PORT",
        "TOKEN_KEYS_URL",
        "INVOKER_KEYS_URL",
        "STORAGE_URL",
        "PUBSUB_URL",
        "PUSH_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    with pytest.raises(MisconfiguredError, match="MESSAGE_KEYS"):
        keyring.newest()
