"""What several statements of the platform are made of."""

from shared.manifest.statements import BOOL, Statement, sql, value


def turn(work: str, summary: str) -> Statement:
    lock = f"pg_try_advisory_xact_lock(hashtextextended('platform.{work}', 0))"
    return value(sql(f"SELECT {lock} AS mine").columns(mine=BOOL), summary)
