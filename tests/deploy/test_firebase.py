"""firebase.json, as `firebase deploy` and the emulators read it."""

import json

import jsonschema

from local.emulators import firebase
from shared.manifest.discovery import ROOT
from tests.lacking import lacks

CONFIG = json.loads((ROOT / "firebase.json").read_text())
SCHEMA = firebase.NODE / "node_modules" / "firebase-tools" / "schema" / "firebase-config.json"


def test_firebase_knows_every_word_of_it() -> None:
    """By the schema that firebase-tools itself carries."""
    if not firebase.installed():
        lacks("firebase-tools is not installed: `make emulators` installs it")
    jsonschema.validate(CONFIG, json.loads(SCHEMA.read_text()))


def test_what_it_names_is_there() -> None:
    firestore, hosting = CONFIG["firestore"], CONFIG["hosting"]
    for path in (firestore["rules"], firestore["indexes"], CONFIG["storage"]["rules"]):
        assert (ROOT / path).is_file()
    assert (ROOT / hosting["public"] / "index.html").is_file()
    (copied,) = hosting["predeploy"]
    assert (ROOT / copied.split()[1]).is_file()


def test_every_page_is_told_what_it_may_load_and_who_may_frame_it() -> None:
    everywhere, assets = CONFIG["hosting"]["headers"]
    said = {each["key"]: each["value"] for each in everywhere["headers"]}
    assert everywhere["source"] == "**"
    assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
    assert "unsafe" not in said["Content-Security-Policy"]
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Strict-Transport-Security"].startswith("max-age=")
    # A 404 of the content network would be kept for ten minutes, were nothing said.
    assert said["Cache-Control"] == "no-cache"
    assert assets["source"].startswith("/assets/")


def test_no_emulator_stands_where_make_run_does_or_can_be_reached_from_elsewhere() -> None:
    emulators = [each for each in CONFIG["emulators"].values() if isinstance(each, dict)]
    ports = [each["port"] for each in emulators if "port" in each]
    assert len(set(ports)) == len(ports)
    assert 8080 not in ports
    assert {each["host"] for each in emulators if "port" in each} == {"127.0.0.1"}
