"""`make run` ends whole, keeps its data, and recovers from being killed."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import web
from tests.factories.users import onboarding
from tests.running import ROOT, Running, soon


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("suite"), migrated=False)
    yield made
    made.kill_all()


@pytest.fixture
def served(running: Running) -> Running:
    if running.process is None or running.process.poll() is not None:
        running.start()
    return running


def test_ready_is_a_line_of_its_own_and_true(served: Running) -> None:
    assert served.said.splitlines().count(f"ready {served.url}") == 1
    assert served.get("/healthz").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_ends_all_that_was_started_within_five_seconds(
    served: Running, how: signal.Signals
) -> None:
    # A client that keeps its connection must not hold the end up.
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/healthz").status_code == 200
        assert len(served.processes()) > 4

        seconds = served.end(how)

    assert seconds < 5
    assert served.processes() == set()


def test_a_signal_to_the_whole_group_of_make_ends_it_too(running: Running) -> None:
    running.command = ("make", "run")
    running.start()
    assert running.process is not None
    running.command = Running.command

    begun = time.monotonic()
    os.killpg(running.process.pid, signal.SIGTERM)
    running.process.wait(30)

    assert soon(lambda: running.processes() == set(), begun + 5 - time.monotonic())


def test_next_run_keeps_the_data_and_the_key(served: Running) -> None:
    token = served.token("business")
    me = served.get("/api/v1/users/me", token).json()["data"]
    served.end()

    served.start()

    assert served.get("/api/v1/users/me", token).json()["data"] == me


def test_a_killed_suite_recovers(served: Running) -> None:
    token = served.token("consumer")
    me = served.get("/api/v1/users/me", token).json()["data"]
    served.kill_all()

    served.start()

    assert served.get("/api/v1/users/me", token).json()["data"] == me


def test_what_a_killed_supervisor_started_ends_with_it(served: Running) -> None:
    assert served.process is not None

    served.process.kill()
    served.process.wait(10)

    assert soon(lambda: served.processes() == set(), 10)


def test_a_directory_is_served_once(served: Running) -> None:
    second = subprocess.run(
        Running.command, cwd=ROOT, env=served.env(), capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert f"{served.url} serves" in second.stderr
    assert served.get("/healthz").status_code == 200


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        blocked = Running(tmp_path, port=other.getsockname()[1])

        done = subprocess.run(
            Running.command,
            cwd=ROOT,
            env=blocked.env(),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert f"port {blocked.port} is taken" in done.stderr


def test_an_admin_token_opens_what_only_an_admin_may(served: Running) -> None:
    token = served.token("admin")

    assert "admin" in served.get("/api/v1/users/me", token).json()["data"]["roles"]


def test_unknown_paths_and_methods_are_refused_in_the_envelope(served: Running) -> None:
    nowhere = served.get("/api/v1/nowhere")
    wrong = web.delete(f"{served.url}/healthz")

    assert nowhere.status_code == 404
    assert nowhere.json()["errors"][0]["code"] == "NOT_FOUND"
    assert wrong.status_code == 405
    assert wrong.headers["Allow"] == "GET"


def test_one_connection_carries_many_requests_and_chunked_bodies(served: Running) -> None:
    token = served.token("consumer")

    def halves() -> Iterator[bytes]:
        yield b'{"role": '
        yield b"7}"

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with httpx.Client(base_url=served.url) as client:
        answers = [
            client.post("/api/v1/users", content=halves(), headers=headers) for _ in range(3)
        ]
        streams = {id(each.extensions["network_stream"]) for each in answers}

    assert [each.status_code for each in answers] == [422, 422, 422]
    assert answers[0].json()["errors"][0]["field"] == "role"
    assert len(streams) == 1


def test_a_browser_learns_every_method_of_a_path(served: Running) -> None:
    answer = httpx.options(
        f"{served.url}/api/v1/users/me", headers={"Origin": "http://localhost:3000"}
    )

    assert answer.status_code == 204
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


def test_functions_without_a_path_demand_their_own_caller(served: Running) -> None:
    job = served.get("/local/schedule").json()["data"]["jobs"][0]["job"]
    token = served.token("consumer")
    path = f"{served.url}/_functions/{job}"

    assert web.post(path).status_code == 401
    assert web.post(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_local_pages_are_for_this_machine_only(served: Running) -> None:
    page = served.get("/local/")
    foreign = web.post(
        f"{served.url}/local/token", json={"role": "admin"}, headers={"Host": "evil.example:80"}
    )
    form = web.post(f"{served.url}/local/token", content='{"role": "admin"}')

    assert page.status_code == 200
    assert "functions" in page.text
    assert foreign.status_code == 403
    assert form.status_code == 400


@pytest.mark.parametrize(
    "name",
    ["deliveries?state=waiting&limit=5", "dead-letters", "outbox", "notifications", "documents"],
)
def test_local_lists_are_json(served: Running, name: str) -> None:
    answer = served.get(f"/local/{name}")

    assert answer.status_code == 200
    assert isinstance(answer.json()["data"], list)


def test_whoever_watches_a_document_sees_what_a_request_changes(served: Running) -> None:
    """From the request through outbox, queue and task to what a phone would be shown."""
    token = served.token("business")
    ((notification,),) = served.rows(
        """
        INSERT INTO notifications.notification
            (id, user_id, type, subject_id, deduplication, language, title, body, parameters)
        SELECT gen_random_uuid(), id, 'listing_published', id, 'watched', 'en', 'Live', '.', '{}'
        FROM users.account WHERE uid = 'demo-business' RETURNING id
        """
    )
    place = f"{served.url}/local/documents/inboxes/demo-business"
    assert web.get(place, headers={"Host": "evil.example:80"}, timeout=20).status_code == 403
    with httpx.stream("GET", place, timeout=30) as watched:
        assert watched.headers["Content-Type"] == "text/event-stream"
        changed = web.patch(
            f"{served.url}/api/v1/notifications/{notification}",
            headers={"Authorization": f"Bearer {token}"},
            json={"read": True},
            timeout=20,
        )
        assert changed.status_code == 200
        data = next(line for line in watched.iter_lines() if line.startswith("data: "))
    told = json.loads(data.removeprefix("data: "))
    assert told["path"] == "inboxes/demo-business"
    (card,) = told["fields"]["newest"]
    assert (card["id"], told["fields"]["unread"]) == (str(notification), 0)


def test_the_scheduler_is_switched_and_a_job_run_by_hand(served: Running) -> None:
    def post(name: str, body: object) -> httpx.Response:
        return web.post(f"{served.url}/local/{name}", json=body, timeout=20)

    def is_running() -> bool:
        found: bool = served.get("/local/schedule").json()["data"]["running"]
        return found

    assert post("scheduler", {"running": False}).status_code == 200
    assert not is_running()
    assert post("scheduler/tick", {"job": "cron_expire_listings"}).json() == {"data": {"done": 0}}
    assert post("scheduler", {"running": True}).status_code == 200
    assert is_running()
    assert post("scheduler", {}).status_code == 422
    assert post("scheduler/tick", {"job": "nothing"}).status_code == 422


def test_a_dead_letter_is_replayed_from_the_page(served: Running) -> None:
    url = f"{served.url}/_functions/cron-expire-listings"
    target = {"url": url, "audience": url, "account": "scheduler", "headers": {}, "body": ""}
    message = {"job": "cron-expire-listings", "due": "2026-11-22T12:00:00Z", "target": target}
    made = served.rows(
        """
        INSERT INTO local.delivery
            (kind, target, message, state, attempts, attempts_allowed, due_at)
        VALUES ('tick', 'cron_expire_listings', :message, 'dead', 5, 5, clock_timestamp())
        RETURNING id
        """,
        message=json.dumps(message),
    )
    number = made[0][0]
    dead = [each["id"] for each in served.get("/local/dead-letters").json()["data"]]
    assert dead == [number]

    path = f"{served.url}/local/dead-letters/{number}/replay"
    assert web.post(path, json={}).status_code == 200

    assert soon(lambda: _state(served, number) == "delivered")
    assert web.post(path, json={}).status_code == 404


def _state(served: Running, number: int) -> str:
    rows = served.get("/local/deliveries?limit=200").json()["data"]
    found: str = next(each["state"] for each in rows if each["id"] == number)
    return found


def test_no_request_is_lost_to_another_that_hands_events_over(served: Running) -> None:
    """As many requests as there are threads, each with an event, all at once."""
    tokens = [
        web.post(f"{served.url}/local/token", json={"uid": f"crowd-{n}"}).json()["data"]["token"]
        for n in range(40)
    ]
    statuses: list[int] = []

    def onboard(number: int) -> None:
        body = onboarding(phone=f"+23480312{number:05}")
        headers = {"Authorization": f"Bearer {tokens[number]}"}
        answer = web.post(f"{served.url}/api/v1/users", json=body, headers=headers, timeout=30)
        statuses.append(answer.status_code)

    crowd = [threading.Thread(target=onboard, args=(number,)) for number in range(40)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert statuses == [201] * 40
    assert soon(lambda: not served.get("/local/deliveries?state=waiting").json()["data"])
    unsent = [
        row for row in served.get("/local/outbox?limit=200").json()["data"] if not row["sent_at"]
    ]
    assert unsent == []
