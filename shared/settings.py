"""The environment, read once and inside a request, never at import.

Every variable is listed in `.env.example`. Production is `K_SERVICE` (set by Cloud Run) or
`APP_ENV=production`; there any local or emulator variable stops the process before it serves.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

LOCAL_ONLY = (
    "FIREBASE_AUTH_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "CLOUD_SCHEDULER_EMULATOR_HOST",
    "TOKEN_KEYS_URL",
    "INVOKER_KEYS_URL",
    "PUBSUB_URL",
    "IDENTITY_URL",
    "PUSH_URL",
    "DOCUMENTS_URL",
    "STORAGE_URL",
    "DB_PORT",
)
"""Set any of these in production and somebody could forge a user or read a copy of the data."""

_EMULATOR = "_EMULATOR_HOST"
"""So end the variables by which Google's libraries are led to an emulator, and those to come."""


SECRETS = ("CURSOR_SECRET", "DB_PASSWORD", "MESSAGE_KEYS")
"""Set from Secret Manager when deployed; in no file and in no picture of the machine."""

NAME = "{name}"
"""What `FUNCTION_URL` has where the deployed name of a function goes."""


class MisconfiguredError(RuntimeError):
    """The environment contradicts itself; the process must not serve."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, typed."""

    production: bool
    project: str
    region: str
    db_name: str
    db_user: str | None
    db_password: str | None
    db_host: str
    db_port: int
    db_instance: str | None
    db_password_secret: str | None
    pool_size: int
    pool_wait_seconds: float
    token_keys_url: str
    invoker_keys_url: str
    pubsub_url: str | None
    identity_url: str | None
    push_url: str | None
    documents_url: str | None
    firestore_emulator: str | None
    storage_url: str | None
    export_bucket: str
    attachment_bucket: str
    cursor_secret: bytes
    cursor_secret_name: str | None
    message_keys: str
    message_keys_name: str | None
    cors_origins: frozenset[str]
    function_url: str
    gateway_url: str
    pubsub_emulator: str | None
    tasks_emulator: str | None
    scheduler_emulator: str | None

    def url_of(self, function: str) -> str:
        """Return where a function is reached; without `FUNCTION_URL`, its deployed name alone."""
        return (self.function_url or f"/{NAME}").replace(NAME, function.replace("_", "-"))


_GOOGLE_PEOPLE_KEYS = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)
_GOOGLE_CALLER_KEYS = "https://www.googleapis.com/oauth2/v1/certs"


def is_production(env: Mapping[str, str]) -> bool:
    """Tell whether this process serves real people."""
    return "K_SERVICE" in env or env.get("APP_ENV") == "production"


def refuse_local_settings(env: Mapping[str, str]) -> None:
    """Raise when production carries a setting that only a development machine may have."""
    if not is_production(env):
        return
    local = {*LOCAL_ONLY, *(name for name in env if name.endswith(_EMULATOR))}
    if found := sorted(name for name in local if env.get(name)):
        message = f"refusing to start in production with {', '.join(found)} set"
        raise MisconfiguredError(message)


def read(env: Mapping[str, str]) -> Settings:
    """Read the settings from `env`."""
    refuse_local_settings(env)
    production = is_production(env)
    secret = env.get("CURSOR_SECRET", "" if production else "local-cursor-secret")
    secret_name = env.get("CURSOR_SECRET_NAME") or None
    if not secret and not secret_name:
        message = "CURSOR_SECRET or CURSOR_SECRET_NAME must be set in production"
        raise MisconfiguredError(message)
    if production and NAME not in env.get("FUNCTION_URL", ""):
        # Without it a token that was made for another function would be taken for ours.
        message = f"FUNCTION_URL must be set in production, with {NAME} in it"
        raise MisconfiguredError(message)
    if production and not env.get("GATEWAY_URL", "https://").startswith("https://"):
        message = "GATEWAY_URL must be https in production: tokens of people are sent to it"
        raise MisconfiguredError(message)
    return Settings(
        production=production,
        project=env.get("GOOGLE_CLOUD_PROJECT", "pushnchat-local"),
        region=env.get("REGION", "europe-west1"),
        db_name=env.get("DB_NAME", "pushnchat"),
        db_user=env.get("DB_USER"),
        db_password=env.get("DB_PASSWORD"),
        db_host=env.get("DB_HOST", "127.0.0.1"),
        db_port=int(env.get("DB_PORT", "5432")),
        db_instance=env.get("DB_INSTANCE"),
        db_password_secret=env.get("DB_PASSWORD_SECRET"),
        pool_size=int(env.get("DB_POOL", "3")),
        pool_wait_seconds=float(env.get("DB_POOL_WAIT_SECONDS", "3")),
        token_keys_url=env.get("TOKEN_KEYS_URL", _GOOGLE_PEOPLE_KEYS),
        invoker_keys_url=env.get("INVOKER_KEYS_URL", _GOOGLE_CALLER_KEYS),
        pubsub_url=env.get("PUBSUB_URL"),
        identity_url=env.get("IDENTITY_URL"),
        push_url=env.get("PUSH_URL"),
        documents_url=env.get("DOCUMENTS_URL"),
        firestore_emulator=env.get("FIRESTORE_EMULATOR_HOST"),
        storage_url=env.get("STORAGE_URL"),
        export_bucket=env.get("EXPORT_BUCKET", "" if production else "pushnchat-exports"),
        attachment_bucket=env.get(
            "ATTACHMENT_BUCKET", "" if production else "pushnchat-attachments"
        ),
        cursor_secret=secret.encode(),
        cursor_secret_name=secret_name,
        message_keys=env.get("MESSAGE_KEYS", ""),
        message_keys_name=env.get("MESSAGE_KEYS_NAME") or None,
        cors_origins=frozenset(filter(None, env.get("CORS_ORIGINS", "").split(","))),
        function_url=env.get("FUNCTION_URL", ""),
        gateway_url=env.get("GATEWAY_URL", ""),
        pubsub_emulator=env.get("PUBSUB_EMULATOR_HOST"),
        tasks_emulator=env.get("CLOUD_TASKS_EMULATOR_HOST"),
        scheduler_emulator=env.get("CLOUD_SCHEDULER_EMULATOR_HOST"),
    )


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return read(os.environ)
