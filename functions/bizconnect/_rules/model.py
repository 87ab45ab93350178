"""What weighs how much: `weights.json`, which carries a version; docs/matching.md explains it."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def model() -> dict[str, Any]:
    """Read the weights, once a process."""
    text = Path(__file__).parent.with_name("weights.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
