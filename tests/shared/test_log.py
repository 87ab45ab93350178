"""P15: what identifies a person does not reach the log."""

import json

import pytest

from shared import log


@pytest.mark.parametrize(
    "secret",
    [
        "ngozi.okafor+shop@example.co.ng",
        "+234 803 123 4567",
        "08031234567",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJuIn0.c2ln",
    ],
)
def test_redaction(secret: str) -> None:
    """Addresses, numbers and tokens, wherever they stand in a text."""
    assert secret not in log.redact(f"duplicate key ({secret}) exists")


def test_an_exception_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With its stack, so that errors group; without the address that was in it."""
    try:
        raise ValueError("bad address a@example.com\nforged: line")  # noqa: TRY301  # it must have a stack
    except ValueError as error:
        log.bind(request_id="r")
        log.exception("failed", error)
    (line,) = capsys.readouterr().out.splitlines()
    read = json.loads(line)
    assert (read["severity"], read["request_id"]) == ("ERROR", "r")
    assert "Traceback" in read["message"]
    assert "a@example.com" not in line
