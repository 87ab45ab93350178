"""A test that names a promise names one that was made."""

from pathlib import Path

from local import figures
from shared.manifest.promises import PROMISES, holders, render

ROOT = Path(__file__).parents[2]
KEPT = {1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22}
"""Losing the last test of one of these is losing the promise."""


def test_what_is_kept_is_proven_and_nothing_unknown_is_claimed() -> None:
    held = holders(ROOT)
    assert held.keys() >= KEPT
    assert held.keys() <= PROMISES.keys()


def test_a_promise_without_a_test_is_called_not_proven(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_x.py").write_text("def test_p1_p4_holds(): ...\ndef test_price_p2_no(): ...\n")
    assert {number: dict(files) for number, files in holders(tmp_path).items()} == {
        number: {"tests/test_x.py": ["test_p1_p4_holds"]} for number in (1, 4)
    }
    page = render(tmp_path).splitlines()
    assert page[-22].endswith("`tests/test_x.py`: 1 |")
    assert page[-21].endswith("| not proven |")


def test_the_last_long_proof_is_on_the_page(tmp_path: Path) -> None:
    proof = {"date": "2026-11-24", "machine": "2 cores", "seed": 7, "rows": {"events lost": "0"}}
    figures.write(tmp_path / "docs" / "figures" / "chaos.json", proof)
    page = render(tmp_path)
    assert "`make chaos` of 2026-11-24, on 2 cores, seed 7." in page
    assert page.endswith("| events lost | 0 |\n")


def test_the_last_drill_is_on_the_page(tmp_path: Path) -> None:
    drill = {"date": "2026-11-25", "machine": "2 cores", "listings": 9, "rows": {"dump": "1 s"}}
    figures.write(tmp_path / "docs" / "figures" / "drill.json", drill)
    page = render(tmp_path)
    assert "`make restore-drill` of 2026-11-25, on 2 cores, with 9 listings" in page
    assert page.endswith("| dump | 1 s |\n")
