"""The API document against the running suite: no 5xx, no status or shape that it does not name."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import database, postgres
from tests import web
from tests.running import ROOT, Running

PEOPLE = 60
EXAMPLES = 10
SECONDS = 60
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("document"), listings=400)
    made.start()
    yield made
    made.end()


def _people(running: Running) -> list[dict[str, Any]]:
    """Return demo owners, given every role, each with a token and what is his."""
    data = running.directory / "data" / "postgres"
    with postgres.superuser_connection(postgres.start(data), database.NAME) as db:
        owners = db.run(
            "UPDATE users.account AS a SET roles = '{consumer,business,admin}' FROM "
            "(SELECT user_id, business_id FROM users.membership LIMIT :n) AS m "
            "WHERE a.id = m.user_id RETURNING a.uid, a.id::text, m.business_id::text",
            n=PEOPLE,
        )
        listings = {
            business: [
                row[0]
                for row in db.run(
                    "SELECT id::text FROM listings.listing WHERE business_id = CAST(:b AS uuid)",
                    b=business,
                )
            ]
            for _, _, business in owners
        }
    return [
        {
            "token": web.post(f"{running.url}/local/token", json={"uid": uid}).json()["data"][
                "token"
            ],
            "ids": {
                "user_id": [user_id],
                "business_id": [business],
                "listing_id": listings[business],
            },
        }
        for uid, user_id, business in owners
    ]


def test_every_answer_is_in_the_document(running: Running) -> None:
    """Generated requests, the same in every run, within a bounded time."""
    people = running.directory / "people.json"
    people.write_text(json.dumps(_people(running)))
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            str(ROOT / "schemas" / "openapi.yaml"),
            f"--url={running.url}",
            f"--checks={','.join(CHECKS)}",
            f"--max-examples={EXAMPLES}",
            f"--max-time={SECONDS}",
            "--phases=examples,coverage,fuzzing",
            "--continue-on-failure",
            "--generation-deterministic",
            "--workers=1",
            "--request-timeout=20",
            "--no-color",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "COLUMNS": "160",
            "FUZZ_PEOPLE": str(people),
            "SCHEMATHESIS_HOOKS": "tests.journeys.hooks",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS * 2,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested
    assert int(tested[1]) > 30
