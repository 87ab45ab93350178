"""Cloud SQL: the connector, made inside a request because it starts threads."""

import threading
from typing import Any

from pg8000.core import CoreConnection

_lock = threading.Lock()
_connector: Any = None


def connect(instance: str, user: str, database: str) -> CoreConnection:
    """Open a connection to `instance` with IAM authentication over the private address."""
    global _connector  # noqa: PLW0603  # one connector a process, made under the lock
    with _lock:
        if _connector is None:
            from google.cloud.sql.connector import Connector  # noqa: PLC0415  # 1.1 s of a cold start

            _connector = Connector(
                refresh_strategy="lazy", ip_type="PRIVATE", enable_iam_auth=True, timeout=10
            )
    return _connector.connect(instance, "pg8000", user=user, db=database)
