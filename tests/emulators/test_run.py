"""`make run CLOUD=emulators`: the whole suite over Google's emulators, and the journey on it."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from local.emulators import firebase, google
from local.emulators.process import MissingError
from local.identity import PROJECT
from shared import tokens
from shared.errors import UnauthenticatedError
from shared.manifest.discovery import deployed_name, entries
from shared.settings import settings
from shared.triggers import OnEvent
from tests.running import ROOT, Running, soon


def _missing() -> str | None:
    """Return what this machine lacks to run the suite on emulators."""
    try:
        google._java()
        google._jar("pubsub-emulator/lib/cloud-pubsub-emulator-*.jar", "pubsub", "pubsub-emulator")
        google._jar("cloud-firestore-emulator/*.jar", "firestore", "cloud-firestore-emulator")
    except MissingError as error:
        return str(error)
    return None if firebase.installed() else "firebase-tools is not installed: make emulators"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if (missing := _missing()) and os.environ.get("EMULATORS") != "required":
        pytest.skip(missing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUD", "emulators")
        made = Running(tmp_path_factory.mktemp("suite"), listings=50, ready_seconds=180)
        made.start()
        yield made
        made.end()
        left = made.processes()
        made.kill_all()
    assert left == set(), "an emulator outlives the suite"


def _part(token: str, number: int) -> Any:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[number] + "=="))


def _host(running: Running, variable: str) -> str:
    """Return what the functions are told of an emulator."""
    for each in running.processes():
        for said in Path(f"/proc/{each}/environ").read_bytes().split(b"\0"):
            name, _, value = said.decode().partition("=")
            if name == variable:
                return value
    raise AssertionError(variable)


def test_the_journey_is_played_on_emulators(running: Running) -> None:
    played = subprocess.run(
        (sys.executable, "-m", "local", "journey"),
        cwd=ROOT,
        env=running.env(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}"
    assert "played in" in played.stdout
    assert running.get("/local/dead-letters").json()["data"] == []


def test_every_handler_has_its_subscription(running: Running) -> None:
    """With the filter that a deployment gives it, on the topic of who announces."""
    channel = grpc.insecure_channel(_host(running, "PUBSUB_EMULATOR_HOST"))
    topics = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
    subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    there = {
        each.name.rpartition("/")[2]: each
        for each in subscriber.list_subscriptions(project=f"projects/{PROJECT}")
    }
    made = {each.name for each in topics.list_topics(project=f"projects/{PROJECT}")}
    channel.close()
    handlers = {
        deployed_name(entry): entry
        for entry in entries().values()
        if isinstance(entry.trigger, OnEvent)
    }
    assert there.keys() == handlers.keys()
    for name, entry in handlers.items():
        assert entry.event is not None
        assert there[name].filter == f'attributes.type = "{entry.event.__name__}"'
        assert there[name].topic in made


def test_p14_the_emulators_token_opens_the_front_door_and_nothing_else(
    running: Running, signer: object
) -> None:
    """It is unsigned. The front door asks the emulator whether it knows its owner, and signs."""
    token = running.token("business")
    assert _part(token, 0)["alg"] == "none"
    assert running.get("/api/v1/users/me", token).status_code == 200
    settings.cache_clear()
    tokens.forget()
    with pytest.raises(UnauthenticatedError):
        tokens.verify(token)
    head, payload, _ = token.split(".")
    forged = {**_part(token, 1), "sub": "demo-admin", "user_id": "demo-admin"}
    somebody_else = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    wrong = [f"{head}.{somebody_else}.", f"{head}.{payload}", f"{head}..", "e30.e30.", "."]
    for each in wrong:
        assert running.get("/api/v1/users/me", each).status_code == 401, each
    handler = next(name for name, each in entries().items() if isinstance(each.trigger, OnEvent))
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"{running.url}/_functions/{handler}"
    assert httpx.post(path, json={}, headers=bearer).status_code == 401


def test_what_the_suite_tells_the_provider_is_in_the_next_token(running: Running) -> None:
    """Claims go to Firebase's emulator by an event, over Pub/Sub's."""
    assert soon(lambda: "business" in _part(running.token("business"), 1).get("roles", []), 30)
