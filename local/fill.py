"""Demo data: into an empty market when the suite starts, or more of it by `make seed`."""

import sys
import time
from contextlib import closing

import pg8000.native
from tqdm import tqdm

from local import database, postgres, seed, store
from local.home import Home
from local.postgres import PostgresError, Server


def when_empty(server: Server, count: int) -> None:
    """Load `count` listings unless there is one."""
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        ((is_empty,),) = db.run("SELECT NOT EXISTS (SELECT FROM listings.listing)") or [[False]]
        if is_empty and count > 0:
            load(db, count, 1)


def main(count: int) -> int:
    """Load `count` listings more, whether or not the suite runs; return the exit status."""
    home = Home.from_environment()
    home.directory.mkdir(parents=True, exist_ok=True)
    try:
        server = postgres.start(home.postgres, log=lambda _: None)
    except PostgresError as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    try:
        if server.process is not None:
            found = database.prepare(server, home.postgres)
            store.prepare(server, found["DB_NAME"], found["DB_PASSWORD"])
        with closing(postgres.superuser_connection(server, database.NAME)) as db:
            load(db, count, time.time_ns() % 2**31)
    finally:
        if server.process is not None:
            server.stop()
    return 0


def load(db: pg8000.native.Connection, count: int, number: int) -> None:
    """Load listings, with a bar that shows how far it is; another number makes other listings."""
    with tqdm(total=count, unit=" listings", desc="demo data") as bar:
        seed.seed(db, count, seed=number, progress=lambda done: bar.update(done - bar.n))
