"""Prints what the suite promises, and which tests hold each promise: `test_p2_…` holds the second.

A promise that no test names is printed as not proven, whatever the code does.
"""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path

PROMISES = {
    1: "What was acknowledged is stored and has its effect once, through any crash.",
    2: "A request repeated with its `Idempotency-Key` has one effect and one answer.",
    3: "No event is lost between commit and bus, and none is sent of what was rolled back.",
    4: "An event that is delivered often, in any order, has the effect of one.",
    5: "Money: every transfer sums to zero, and no entry is ever changed.",
    6: "A payment that is announced a thousand times is credited once.",
    7: "A webhook with a wrong signature changes nothing.",
    8: "Nobody reads or changes what belongs to others, even where a check was forgotten.",
    9: "A function can do in the database only what its service needs.",
    10: "A quota or rate limit is never exceeded by many at once, nor refuses below.",
    11: "What is due happens once, at or after its time, whether or not the scheduler was late.",
    12: "What there is only so much of is never given away twice.",
    13: "No input is answered with a server error or disturbs the next request.",
    14: "A forged, expired, foreign or revoked token is refused; so is another service's.",
    15: "No secret, token or personal detail is in a log line.",
    16: "An outage causes answers that may be tried again, and ends without anybody's help.",
    17: "A migration runs while the previous release serves.",
    18: "A backup restores, to any moment.",
    19: "A person gets his data, and is forgotten everywhere when he asks.",
    20: "An encrypted field cannot be read with the database alone.",
    21: "A client that worked goes on working.",
    22: "Every decision of an administrator says who, when and why, and cannot be rewritten.",
}

_HELD = re.compile(r"_p(\d+)(?=_)")

_HEAD = """<!-- Printed from the tests by `python -m functions write`. Do not edit. -->
# What is promised, and what proves it

A test names the promises that it holds: `test_p2_…` holds the second. A promise that no test
names is not proven yet.

| | Promise | Tests |
| --- | --- | --- |
"""

_LONG_PROOF = """
## The long proof

`make chaos` of {date}, on {machine}, seed {seed}. Each role is a process of its own, which is
started again when it dies. The bus repeats 15 % of all messages, delays and reorders half of
them, and loses or refuses 3 %; 3 % of the answers are forgotten by the client, who asks again.

| | |
| --- | --- |
"""


_MESSAGES = """
## Messages while functions die and Firestore fails

`make chaos-messages` of {date}, on {machine}, seed {seed}: the same processes are killed, and the
bus is as bad. Two screens watch each conversation as apps do, go offline, and ask the API for what
they miss.

| | |
| --- | --- |
"""

_DRILL = """
## The drill of a restore

`make restore-drill` of {date}, on {machine}, with {listings} listings: a dump that is restored,
and a copy of the files that is brought to the moment before a wrong statement.

| | |
| --- | --- |
"""


def render(root: Path) -> str:
    """Return the page of promises."""
    held = holders(root)
    rows = (
        f"| P{number} | {promise} | {_listed(held.get(number, {}))} |\n"
        for number, promise in PROMISES.items()
    )
    figures = root / "docs" / "figures"
    proofs = (
        ("chaos.json", _LONG_PROOF),
        ("chaos-messages.json", _MESSAGES),
        ("drill.json", _DRILL),
    )
    return _HEAD + "".join(rows) + "".join(_last(figures / name, head) for name, head in proofs)


def holders(root: Path) -> dict[int, dict[str, list[str]]]:
    """Return promise → file → the tests in it that hold the promise."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_p"):
                prefix = re.match(r"test((_p\d+)+)_", node.name)
                for number in _HELD.findall(f"{prefix[1]}_") if prefix else ():
                    found[int(number)][str(path.relative_to(root))].append(node.name)
    return found


def _last(figures: Path, head: str) -> str:
    """Return the table of the last proof of a kind, as its command kept it."""
    if not figures.exists():
        return ""
    last = json.loads(figures.read_text(encoding="utf-8"))
    rows = "".join(f"| {name} | {value} |\n" for name, value in last["rows"].items())
    return f"{head.format(**last)}{rows}"


def _listed(files: dict[str, list[str]]) -> str:
    return "<br>".join(f"`{path}`: {len(names)}" for path, names in files.items()) or "not proven"
