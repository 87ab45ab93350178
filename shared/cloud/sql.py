"""Cloud SQL: the connector, made inside a request because it starts threads."""

import threading
from typing import Any

from pg8000.core import CoreConnection

_lock = threading.Lock()
_connector: Any = None


def connect(instance: str, user: str, password: str, database: str) -> CoreConnection:
    """Open a connection to `instance` over its private address; IAM admits the account to it.

    The login roles have limits and settings of their own, which a user of IAM's would not have:
    each signs in with its password, which only its service's account may read.
    """
    global _connector  # noqa: PLW0603  # one connector a process, made under the lock
    with _lock:
        if _connector is None:
            from google.cloud.sql.connector import Connector  # noqa: PLC0415  # 1.1 s of a cold start

            _connector = Connector(refresh_strategy="lazy", ip_type="PRIVATE", timeout=10)
    return _connector.connect(instance, "pg8000", user=user, password=password, db=database)
