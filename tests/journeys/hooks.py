"""What schemathesis cannot know: who is who, and which ids exist.

Generated requests go out in the names of several people in turn, so that no rate limit and no
revoked sign-in stands before the operation; every other one is about rows that its sender owns.
"""

import itertools
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

_PEOPLE: list[dict[str, Any]] = json.loads(Path(os.environ["FUZZ_PEOPLE"]).read_text())
_turn = itertools.count()


@schemathesis.hook
def before_call(_: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Sign the request, and every other time point it at something real."""
    turn = next(_turn)
    signs_out = case.operation.label.endswith("/users/me/sessions/revoke")
    person = _PEOPLE[0] if signs_out else _PEOPLE[1 + turn % (len(_PEOPLE) - 1)]
    case.headers["Authorization"] = f"Bearer {person['token']}"
    if turn % 2:
        for name in case.path_parameters or {}:
            known = person["ids"].get(name)
            if known:
                case.path_parameters[name] = known[turn % len(known)]
        if isinstance(case.body, dict) and "business_id" in case.body:
            case.body["business_id"] = person["ids"]["business_id"][0]
