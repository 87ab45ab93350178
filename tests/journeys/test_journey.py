"""The main job, played over HTTP against the suite as `make run` starts it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.running import ROOT, Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("suite"), listings=300)
    made.start()
    yield made
    made.end()
    made.kill_all()


def test_the_main_job_is_done_on_a_market_that_is_not_empty(running: Running) -> None:
    (count,) = running.rows("SELECT count(*) FROM listings.public_listing")[0]
    assert count == 300

    played = subprocess.run(
        (sys.executable, "-m", "local", "journey"),
        cwd=ROOT,
        env=running.env(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}"
    assert "played in" in played.stdout
    assert running.get("/local/dead-letters").json()["data"] == []


def test_more_demo_data_is_loaded_beside_what_is_there(running: Running) -> None:
    count = "SELECT count(*) FROM listings.listing"
    (before,) = running.rows(count)[0]
    done = subprocess.run(
        (sys.executable, "-m", "local", "seed", "200"),
        cwd=ROOT,
        env=running.env(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert before >= 300
    assert running.rows(count) == [[before + 200]]
    assert running.get("/healthz").status_code == 200
