"""Signing in at Firebase's Auth emulator, and what its tokens are exchanged for at the front door.

The emulator does not sign its tokens, and no function takes one that is not signed. The front door
of this machine asks the emulator whether it knows the owner of a token, and passes the claims on
under our own signature. Nothing of this is deployed.
"""

import base64
import binascii
import json
import threading
from collections import OrderedDict
from typing import Any

from local.identity import Signer
from local.rest import RefusedError
from shared.cloud import wire
from shared.settings import settings

KEPT = 1_000
_OWNER = {"Authorization": "Bearer owner"}


class AuthEmulator:
    """The Auth emulator at `url`."""

    def __init__(self, url: str, signer: Signer) -> None:
        """Exchange its tokens for tokens of `signer`."""
        self._url = url
        self._signer = signer
        self._exchanged: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, uid: str) -> str:
        """Sign somebody in, who gets an account by that: return the emulator's own token."""
        proof = {"email": f"{uid}@example.com", "password": f"password of {uid}"}
        # Of who has an account already it says so.
        self._post(f"projects/{settings().project}/accounts", {"localId": uid, **proof}, owner=True)
        signed_in = self._post("accounts:signInWithPassword", {**proof, "returnSecureToken": True})
        if "idToken" not in signed_in:
            raise RefusedError(400, str(signed_in["error"]["message"]))
        token: str = signed_in["idToken"]
        return token

    def exchange(self, authorization: str) -> str:
        """Return the header with a signed token instead of one of the emulator's.

        What is none, or one that it does not know, stays as it is, for the function to refuse.
        """
        token = authorization.removeprefix("Bearer ")
        if not _is_unsigned(token):
            return authorization
        with self._lock:
            signed = self._exchanged.get(token)
        if signed is None:
            known = self._post("accounts:lookup", {"idToken": token})
            if "users" not in known:
                return authorization
            signed = self._signer.sign(_part(token.split(".")[1]))
            with self._lock:
                self._exchanged[token] = signed
                while len(self._exchanged) > KEPT:
                    self._exchanged.popitem(last=False)
        return f"Bearer {signed}"

    def _post(self, path: str, body: dict[str, Any], *, owner: bool = False) -> dict[str, Any]:
        """Ask the emulator; return what it answers, a refusal too."""
        headers = {"Content-Type": "application/json", **(_OWNER if owner else {})}
        where = f"/identitytoolkit.googleapis.com/v1/{path}?key=local"
        sent = json.dumps(body).encode()
        answer = wire.request(self._url, "POST", where, headers, sent, wire.DEADLINE_SECONDS)
        found: dict[str, Any] = json.loads(answer.body)
        return found


def _is_unsigned(token: str) -> bool:
    head, _, rest = token.partition(".")
    try:
        return _part(head).get("alg") == "none" and rest.count(".") == 1
    except (ValueError, binascii.Error, AttributeError, RecursionError):
        return False


def _part(encoded: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=="))
    return found
