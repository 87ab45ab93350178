"""The figures of a long proof: kept in `docs/figures`, printed on `docs/promises.md`."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def write(path: Path, figures: Mapping[str, Any]) -> None:
    """Keep figures where `python -m functions write` finds them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


def taken(rows: Mapping[str, object], **more: object) -> dict[str, Any]:
    """Return what was measured today, on this machine."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        **more,
        "rows": {name: str(value) for name, value in rows.items()},
    }


def machine() -> str:
    """Return what this runs on, as far as figures depend on it."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
        return f"{os.cpu_count()} cores of {model}"
    return f"{os.cpu_count()} cores"
