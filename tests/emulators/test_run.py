"""`make run CLOUD=emulators`: the whole suite over Google's emulators, and the journey on it."""

import base64
import json
import subprocess
import sys
from typing import Any

import grpc
import pytest
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from local.identity import PROJECT
from shared import tokens
from shared.errors import UnauthenticatedError
from shared.exports import PARTS
from shared.manifest.discovery import deployed_name, entries
from shared.settings import read, settings
from shared.triggers import OnEvent
from tests import web
from tests.emulators.conftest import host_of
from tests.running import ROOT, Running, soon


def _part(token: str, number: int) -> Any:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[number] + "=="))


def test_the_journey_is_played_on_emulators(on_emulators: Running) -> None:
    played = subprocess.run(
        (sys.executable, "-m", "local", "journey"),
        cwd=ROOT,
        env=on_emulators.env(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}"
    assert "played in" in played.stdout
    assert on_emulators.get("/local/dead-letters").json()["data"] == []


def test_every_handler_has_its_subscription(on_emulators: Running) -> None:
    """With the filter that a deployment gives it, on the topic of who announces."""
    channel = grpc.insecure_channel(host_of(on_emulators, "PUBSUB_EMULATOR_HOST"))
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
    on_emulators: Running, signer: object
) -> None:
    """It is unsigned. The front door asks the emulator whether it knows its owner, and signs."""
    token = on_emulators.token("business")
    assert _part(token, 0)["alg"] == "none"
    assert on_emulators.get("/api/v1/users/me", token).status_code == 200
    settings.cache_clear()
    tokens.forget()
    with pytest.raises(UnauthenticatedError):
        tokens.verify(token)
    head, payload, _ = token.split(".")
    forged = {**_part(token, 1), "sub": "demo-admin", "user_id": "demo-admin"}
    somebody_else = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    wrong = [f"{head}.{somebody_else}.", f"{head}.{payload}", f"{head}..", "e30.e30.", "."]
    for each in wrong:
        assert on_emulators.get("/api/v1/users/me", each).status_code == 401, each
    handler = next(name for name, each in entries().items() if isinstance(each.trigger, OnEvent))
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"{on_emulators.url}/_functions/{handler}"
    assert web.post(path, json={}, headers=bearer).status_code == 401


def test_what_the_suite_tells_the_provider_is_in_the_next_token(on_emulators: Running) -> None:
    """Claims go to Firebase's emulator by an event, over Pub/Sub's."""
    assert soon(lambda: "business" in _part(on_emulators.token("business"), 1).get("roles", []), 30)


def test_what_is_stored_is_kept_by_the_emulator_of_storage(on_emulators: Running) -> None:
    """An export: its parts and the archive, which is downloaded through our own front door."""
    token = on_emulators.token("business")
    bearer = {"Authorization": f"Bearer {token}"}
    path = "/api/v1/users/me/export"
    asked = web.post(on_emulators.url + path, headers=bearer, timeout=30)
    assert asked.status_code == 201, asked.text
    export_id = asked.json()["data"]["id"]

    def link() -> str | None:
        shown = on_emulators.get(f"/api/v1/users/me/exports/{export_id}", token)
        download = shown.json()["data"].get("download")
        return str(download["url"]) if download else None

    assert soon(lambda: link() is not None, 120)
    archive = web.get(str(link()), timeout=30)
    assert (archive.status_code, archive.content[:2]) == (200, b"PK")
    emulator = host_of(on_emulators, "STORAGE_EMULATOR_HOST")
    bucket = read({}).export_bucket
    listed = web.get(f"{emulator}/storage/v1/b/{bucket}/o", timeout=30).json()["items"]
    sizes = {each["name"]: int(each["size"]) for each in listed if export_id in each["name"]}
    assert len(sizes) == len(PARTS) + 1
    assert len(archive.content) in sizes.values()
