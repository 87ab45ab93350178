"""Every function, one by one, under the process that serves it when it is deployed."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from local.identity import Signer
from shared.entry import Entry, open_to_strangers
from shared.ids import new_id
from shared.manifest.discovery import entries
from shared.settings import LOCAL_ONLY
from shared.triggers import Cron, Http, OnEvent
from tests import web
from tests.conformance.process import Deployed, RefusedError, deployed
from tests.factories import listings, users
from tests.suite import Suite

AT_ONCE = 3
NOT_NEEDED = re.compile(
    r"(aiohttp|firebase_admin|grpc|local|requests|sqlalchemy|tests"
    r"|google\.(?!cloud$|cloud\.functions)[\w.]+)(\..*)?"  # The framework brings a context along.
)
"""Clients that wait for the request that needs them, and what is no part of a deployment."""

SOME_ID = "01a20000-0000-7000-8000-000000000001"


def knock(entry: Entry, made: Deployed, signer: Signer) -> tuple[int, tuple[int, ...]]:
    """Send a function the request that needs least; return the status and those that are right."""
    trigger = entry.trigger
    if isinstance(trigger, Http):
        path = re.sub(r"{\w+}", SOME_ID, trigger.path)
        wanted = (200, 404, 422, 503) if open_to_strangers(trigger) else (401,)
        return web.request(trigger.method, made.url + path, timeout=20).status_code, wanted
    if isinstance(trigger, Cron):
        headers = {
            "Authorization": f"Bearer {signer.caller('scheduler')}",
            "X-CloudScheduler-ScheduleTime": datetime.now(UTC).isoformat(),
        }
        return web.post(made.url, headers=headers, timeout=20).status_code, (200,)
    if isinstance(trigger, OnEvent):
        # Without its data an event is refused after the token, the envelope and the shape.
        event = {"id": str(new_id()), "type": "Nothing", "data": {}}
        return made.push(signer, event).status_code, (422,)
    headers = {
        "Authorization": f"Bearer {signer.caller('tasks')}",
        "X-CloudTasks-TaskName": new_id().hex,
    }
    return web.post(made.url, content=b"", headers=headers, timeout=20).status_code, (400, 422)


def strangers(entry: Entry, report: dict[str, Any]) -> list[str]:
    """Return what a process has loaded and has no business with; [] also says it is registered."""
    if report["registered"] != {entry.name: "http"}:
        return [f"{report['registered']} is registered"]
    service = f"functions.{entry.service}"
    own = re.compile(rf"functions|{service}(\.{entry.name}|\._.*)?")
    return [
        each
        for each in report["modules"]
        if (each.partition(".")[0] == "functions" and not own.fullmatch(each))
        or NOT_NEEDED.fullmatch(each)
    ]


def test_every_function_serves_in_a_process_of_its_own(
    suite: Suite, signer: Signer, tmp_path: Path
) -> None:
    """Under its own name, with nothing of another's and no client loaded, also once it serves."""
    wrong: dict[str, object] = {}

    def serve_one(entry: Entry) -> None:
        with deployed(entry.name, tmp_path / f"{entry.name}.log") as made:
            status, wanted = knock(entry, made, signer)
            if status not in wanted:
                said = made.log.read_text()[-600:]
                wrong[entry.name] = f"{status}, not {wanted}: {said}"
            elif loaded := strangers(entry, made.inside()):
                wrong[entry.name] = loaded

    with ThreadPoolExecutor(AT_ONCE) as crew:
        list(crew.map(serve_one, entries().values()))

    assert wrong == {}


def test_a_listing_is_submitted_decided_and_read_across_processes(
    suite: Suite, signer: Signer, tmp_path: Path
) -> None:
    owner, business_id = listings.seller(suite)
    names = ("create_listing", "on_review_decided_apply", "get_listing")
    with (
        deployed(names[0], tmp_path / "1.log") as create_listing,
        deployed(names[1], tmp_path / "2.log") as on_review_decided_apply,
        deployed(names[2], tmp_path / "3.log") as get_listing,
    ):
        made = web.post(
            f"{create_listing.url}/api/v1/listings",
            json={**listings.content(), "business_id": str(business_id)},
            headers={"Authorization": f"Bearer {suite.token(owner)}", "Idempotency-Key": "once"},
            timeout=20,
        )
        assert made.status_code == 201, made.text
        listing = made.json()["data"]
        path = f"/api/v1/listings/{listing['id']}"
        assert web.get(get_listing.url + path).status_code == 404

        decision = {
            "id": str(new_id()),
            "type": "ReviewDecided",
            "data": {
                "review_id": str(new_id()),
                "target_type": "listing",
                "target_id": listing["id"],
                "target_version": listing["version"],
                "approved": True,
                "reason": None,
                "note": None,
                "decided_by": str(UUID(int=7)),
                "decided_at": datetime.now(UTC).isoformat(),
            },
        }
        for _ in range(2):
            assert on_review_decided_apply.push(signer, decision).status_code == 204

        read = web.get(get_listing.url + path)

    assert read.status_code == 200, read.text
    assert read.json()["data"]["title"] == listing["title"]
    assert read.json()["data"]["city"]["id"] == users.LAGOS
    kinds = [each["type"] for each in suite.events() if each["source"] == "listings"]
    assert kinds == ["ListingSubmitted", "ListingPublished"]


def test_p14_production_does_not_start_with_what_only_a_development_machine_has(
    tmp_path: Path,
) -> None:
    """Each variable alone, in a real process: it must end, and say why."""
    production = {
        "PATH": os.environ["PATH"],
        "K_SERVICE": "get-listing",
        "CURSOR_SECRET": "secret",
        "FUNCTION_URL": "https://{name}.example",
    }

    def start(name: str, value: str) -> None:
        with (
            pytest.raises(RefusedError, match=name),
            deployed("get_listing", tmp_path / f"{name}.log", {**production, name: value}),
        ):
            pass

    wrong = dict.fromkeys([*LOCAL_ONLY, "SPANNER_EMULATOR_HOST"], "127.0.0.1:9099")
    wrong |= {"FUNCTION_URL": "", "CURSOR_SECRET": ""}
    with ThreadPoolExecutor(AT_ONCE) as crew:
        list(crew.map(start, wrong, wrong.values()))
    with deployed("get_listing", tmp_path / "good.log", production) as made:
        assert web.get(f"{made.url}/nowhere").status_code == 404


def test_p14_a_header_that_comes_twice_lets_nobody_in(
    suite: Suite, signer: Signer, tmp_path: Path
) -> None:
    """As the server of the platform joins it."""
    token = suite.token(users.person(suite))
    with deployed("get_me", tmp_path / "me.log") as get_me:
        for tokens, status in (
            ([token], 200),
            ([token, token], 401),
            (["e30.e30.e30", token], 401),
        ):
            headers = [("Authorization", f"Bearer {each}") for each in tokens]
            answer = web.get(f"{get_me.url}/api/v1/users/me", headers=headers, timeout=20)
            assert answer.status_code == status, answer.text


def test_simultaneous_requests_of_one_process_do_not_mix(
    suite: Suite, signer: Signer, tmp_path: Path
) -> None:
    people = [users.person(suite) for _ in range(4)]
    seen: dict[str, set[str]] = {each.uid: set() for each in people}
    with deployed("get_me", tmp_path / "me.log") as get_me:

        def read(number: int) -> None:
            person = people[number % len(people)]
            headers = {"Authorization": f"Bearer {suite.token(person)}"}
            answer = web.get(f"{get_me.url}/api/v1/users/me", headers=headers, timeout=20)
            seen[person.uid].add(answer.json()["data"]["id"])

        crowd = [threading.Thread(target=read, args=(number,)) for number in range(24)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()

    assert seen == {each.uid: {str(each.user_id)} for each in people}
