"""`/local/chat`: two people who write to each other, each with Firebase's own client.

It takes emulators to listen to: `make run CLOUD=emulators`. Nothing of this is deployed.
"""

import html
import json
import os
import re
from pathlib import Path

from local import tokens
from local.emulators.firebase import NODE
from shared.errors import NotFoundError
from shared.http import Response
from shared.roles import Role
from shared.settings import settings

_HERE = Path(__file__).parent
_BUSINESS = {
    "name": "Mama Ngozi Fabrics",
    "country": "NG",
    "city_id": 2332459,
    "categories": ["fabrics"],
}
_CLIENT = re.compile(r"^firebase-(app|auth|firestore)\.js$")
_ELSEWHERE = re.compile(r"https://[^\"']+/(firebase-app\.js)")
"""How the parts of the client name each other: by where Google serves them."""


def answer(name: str) -> Response:
    """Return the page, its script, or a part of Firebase's client from npm."""
    hosts = [os.environ.get(f"{each}_EMULATOR_HOST") for each in ("FIREBASE_AUTH", "FIRESTORE")]
    if None in hosts:
        raise NotFoundError("There is nothing to listen to: make run CLOUD=emulators.")
    if name == "":
        auth, firestore = hosts
        told = json.dumps(
            {
                "project": settings().project,
                "auth": auth,
                "firestore": firestore,
                "people": {role: tokens.new_user(role) for role in (Role.CONSUMER, Role.BUSINESS)},
                "business": _BUSINESS,
            }
        )
        page = (_HERE / "chat.html").read_text(encoding="utf-8")
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; "
                f"connect-src 'self' http://{auth} http://{firestore}"
            ),
        }
        return Response(200, headers, page.replace("{told}", html.escape(told)).encode())
    if name in {"chat.js", "chat.css"}:
        return _file(name, (_HERE / name).read_text(encoding="utf-8"))
    if _CLIENT.match(name):
        text = (NODE / "node_modules" / "firebase" / name).read_text(encoding="utf-8")
        return _file(name, _ELSEWHERE.sub(r"./\1", text))
    raise NotFoundError("There is no such page.")


def _file(name: str, text: str) -> Response:
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-store"}
    return Response(200, headers, text.encode())
