"""Two people write to each other over `make run CLOUD=emulators`: in Node, and in a browser."""

import base64
import json
import math
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.emulators.firebase import NODE
from local.identity import PROJECT
from local.tokens import new_user
from shared.roles import Role
from tests import web
from tests.emulators.conftest import host_of
from tests.factories.users import LAGOS
from tests.lacking import lacks
from tests.running import Running, soon

CLIENT = Path(__file__).with_name("chat.mjs")
WARM, MESSAGES = 5, 40
FAST_ENOUGH = 500
"""Milliseconds from the answer to the listener, for 95 of 100 messages."""

ROUNDS = 4
"""Others work on this machine too: one round in which it is as fast as promised is the proof."""


def _fast_enough() -> float:
    """Return what is demanded now: as much longer as there is more to do than cores to do it."""
    return FAST_ENOUGH * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _somebody(running: Running, role: Role) -> tuple[str, dict[str, str]]:
    """Have somebody sign in and onboard; return his uid and his headers."""
    uid = f"chat-{uuid4().hex[:12]}"
    asked = web.post(f"{running.url}/local/token", json={"uid": uid}, timeout=30)
    headers = {"Authorization": f"Bearer {asked.raise_for_status().json()['data']['token']}"}
    _post(running, "users", headers, new_user(role))
    return uid, headers


def _post(running: Running, path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
    answer = web.post(f"{running.url}/api/v1/{path}", headers=headers, json=body, timeout=30)
    return answer.raise_for_status().json()["data"]


def _round(running: Running) -> dict[str, Any]:
    """Have a new customer write to a new business; return what the client saw."""
    owner, owners = _somebody(running, Role.BUSINESS)
    customer, customers = _somebody(running, Role.CONSUMER)
    stranger, _ = _somebody(running, Role.CONSUMER)
    place = {"country": "NG", "city_id": LAGOS, "categories": ["fabrics"]}
    business = _post(running, "businesses", owners, {"name": "Lagos Fabrics", **place})
    opened = _post(running, "conversations", customers, {"business_id": business["id"]})
    asked = web.get(f"{running.url}/api/v1/conversations/token", headers=customers, timeout=30)
    told = {
        "node": f"{NODE}/",
        "project": PROJECT,
        "api": running.url,
        "auth": host_of(running, "FIREBASE_AUTH_EMULATOR_HOST"),
        "firestore": host_of(running, "FIRESTORE_EMULATOR_HOST"),
        "conversation": opened["id"],
        "people": [customer, owner, stranger],
        "pass": asked.raise_for_status().json()["data"]["token"],
        "warm": WARM,
        "messages": MESSAGES,
    }
    app = subprocess.run(
        ["node", str(CLIENT), json.dumps(told)],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert app.returncode == 0, app.stderr
    seen: dict[str, Any] = json.loads(app.stdout)
    seen["customer"] = customer
    return seen


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def test_p8_a_message_is_seen_at_once_in_order_by_whom_it_is_for(
    on_emulators: Running, tmp_path: Path
) -> None:
    """Each once; and that the other is typing. Somebody else is refused all of it."""
    excess = []
    for _ in range(ROUNDS):
        allowed = _fast_enough()
        seen = _round(on_emulators)
        said = [f"first {n}" for n in range(WARM)] + [f"n {n}" for n in range(MESSAGES)]
        assert seen["shown"] == [[seq, text] for seq, text in enumerate(said, 1)]
        assert seen["typists"] == [seen["customer"]]
        assert set(seen["refused"].values()) == {"permission-denied"}
        denied = "permission-denied"
        assert seen["listened"] == {
            "messages": "done",
            "inbox": denied,
            "other": denied,
            "api": 401,
        }
        took = {"p50": _percentile(seen["took"], 0.5), "p95": _percentile(seen["took"], 0.95)}
        (tmp_path / "milliseconds.json").write_text(json.dumps({**took, "allowed": allowed}))
        excess.append(took["p95"] - max(allowed, _fast_enough()))
        if excess[-1] <= 0:
            break
    assert min(excess) <= 0, excess


class Browser:
    """Headless Chromium, driven as WebDriver says."""

    def __init__(self, driver: str, chromium: str, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with (directory / "driver.log").open("wb") as output:
            self._process = subprocess.Popen(
                [driver, f"--port={port}"],
                env={**os.environ, "HOME": str(directory), "TMPDIR": str(directory)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._web = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        assert soon(self._is_there, 60), (directory / "driver.log").read_text()
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1000,700",
            f"--user-data-dir={directory / 'profile'}",
        ]
        options = {"binary": chromium, "args": arguments}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options}}
        made = self._web.post("/session", json={"capabilities": wanted})
        assert made.status_code == 200, made.text
        self._session = f"/session/{made.json()['value']['sessionId']}"

    def _is_there(self) -> bool:
        try:
            return bool(self._web.get("/status").json()["value"]["ready"])
        except httpx.TransportError:
            return False

    def open(self, url: str) -> None:
        self._ask("url", {"url": url})

    def run(self, script: str, *given: object) -> Any:
        return self._ask("execute/sync", {"script": script, "args": list(given)})

    def type(self, selector: str, text: str) -> None:
        found = self._ask("element", {"using": "css selector", "value": selector})
        (element,) = found.values()
        self._ask(f"element/{element}/value", {"text": text})

    def shown(self, selector: str) -> list[str]:
        """Return the texts of what is seen of a kind."""
        script = """
            return [...document.querySelectorAll(arguments[0])]
                .filter((each) => each.checkVisibility()).map((each) => each.innerText)"""
        found: list[str] = self.run(script, selector)
        return found

    def screenshot(self) -> bytes:
        answer = self._web.get(f"{self._session}/screenshot")
        return base64.b64decode(answer.json()["value"])

    def close(self) -> None:
        self._web.delete(self._session)
        self._process.terminate()
        self._process.wait(20)
        self._web.close()

    def _ask(self, what: str, body: dict[str, Any]) -> Any:
        answer = self._web.post(f"{self._session}/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@pytest.fixture
def browser() -> Iterator[Browser]:
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or chromium is None:
        lacks("there is no chromium: install the packages chromium and chromium-driver")
    # Chromium makes a socket in its directory: the path of one has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="chat-", ignore_cleanup_errors=True) as short:
        made = Browser(driver, chromium, Path(short))
        yield made
        made.close()


def test_two_people_write_to_each_other_in_a_browser(
    on_emulators: Running, browser: Browser, tmp_path: Path
) -> None:
    """What the screen shows is kept as a picture beside what the test wrote."""
    browser.open(f"{on_emulators.url}/local/chat")

    def sees(selector: str, what: Callable[[list[str]], bool]) -> None:
        found = soon(lambda: what(browser.shown(selector)), 60)
        assert found, (selector, browser.shown("body"))

    sees("section[data-ready]", lambda found: len(found) == 2)
    browser.type("#consumer input", "Is the <b>wax print</b> still there?")
    sees("#business .typing", bool)
    assert browser.shown("#consumer .typing") == []
    browser.type("#consumer input", "\n")
    sees(
        "#business .messages li",
        lambda found: found[-1:] == ["Is the <b>wax print</b> still there?"],
    )
    browser.type("#business input", "Yes, forty yards of it.\n")
    sees("#consumer .messages li", lambda found: found[-1:] == ["Yes, forty yards of it."])
    sees("#consumer .messages li.own", lambda found: found[-1].endswith("read"))
    sees("#business .messages li.own", lambda found: found[-1].endswith("read"))
    sees(".typing", lambda found: found == [])
    assert browser.shown(".trouble") == []
    picture = tmp_path / "chat.png"
    picture.write_bytes(browser.screenshot())
    assert picture.stat().st_size > 10_000
