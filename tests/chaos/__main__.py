"""`make chaos`: 10,000 writes while everything is killed; prints a table, fails on any loss.

`python -m tests.chaos messages`, or `make chaos-messages`, has people write to each other instead.
`python -m tests.chaos serve|cloud LISTENER` is one of its processes.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from local import cloud, serve
from local.figures import write
from tests.chaos import mutants
from tests.chaos.judge import Findings
from tests.chaos.proof import Sizes, proven
from tests.chaos.talks import TalkSizes, talked

_SHOWN = 5


def main(arguments: list[str]) -> int:
    """Run the proof, or one process of it; return the exit status."""
    match arguments:
        case ["serve", listener]:
            with pytest.MonkeyPatch.context() as patch:
                mutants.plant(os.environ.get("CHAOS_MUTANT", ""), patch)
                serve.main(int(listener))
            return 0
        case ["cloud", listener]:
            with pytest.MonkeyPatch.context() as patch:
                mutants.refuse_documents(float(os.environ.get("CHAOS_FIRESTORE", "0")), patch)
                cloud.main(int(listener))
            return 0
        case ["messages", *more]:
            return _prove(more, TalkSizes(), talked)
        case _:
            return _prove(arguments, Sizes(), proven)


def _prove(arguments: list[str], usual: Any, run: Callable[..., Any]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    names = [each.name for each in fields(usual)]
    for name in names:
        value = getattr(usual, name)
        parser.add_argument(f"--{name}", type=type(value), default=value)
    if isinstance(usual, Sizes):
        parser.add_argument("--mutant", help="plant a fault of tests/chaos/mutants.py")
    parser.add_argument("--figures", type=Path, help="keep the table as JSON")
    chosen = parser.parse_args(arguments)
    sizes = replace(usual, **{name: getattr(chosen, name) for name in names})
    planted = [chosen.mutant] if isinstance(usual, Sizes) else []
    with run(sizes, *planted) as proof:
        findings = proof.judge()
        figures = proof.figures(findings)
    _print(figures, findings)
    if chosen.figures:
        write(chosen.figures, figures)
    return 1 if any(findings.values()) else 0


def _print(figures: dict[str, Any], findings: Findings) -> None:
    print(f"{figures['date']}, {figures['machine']}, seed {figures['seed']}\n")
    width = max(map(len, figures["rows"]))
    for name, value in figures["rows"].items():
        print(f"{name:<{width}}  {value}")
    for check, found in findings.items():
        for each in found[:_SHOWN]:
            print(f"\n{check}: {each}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
