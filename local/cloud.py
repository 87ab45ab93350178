"""The process beside the functions: bus, dispatcher and scheduler."""

import os
import signal
import socket
import threading

from local import bus, children, deliveries, provision, rest, schedule
from local.dispatch import WORKERS, Dispatcher
from local.home import Home
from local.identity import Signer
from local.mischief import Mischief
from local.outgoing import Backoff
from local.store import Store
from shared.manifest.discovery import entries
from shared.settings import settings


def main(listener: int) -> None:
    """Deliver until told to stop."""
    children.follow()
    stopping = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _signal, _frame: stopping.set())
    home = Home.from_environment()
    quick = Store.of(settings(), size=WORKERS + 1, durable=False)
    store = Store.of(settings(), size=4)
    mischief = Mischief.from_environment()
    signer = Signer.in_directory(home.directory)
    dispatcher = Dispatcher(quick, signer, home.url, _backoff(), mischief=mischief)
    deliveries.turn(store, schedule.SWITCH, on=os.environ.get("SCHEDULER") != "off")
    scheduler = schedule.Scheduler(store)
    topics = bus.Bus(store, entries(), dispatcher.wake, mischief)
    provision.provide(topics.resource, entries(), dispatcher.backoff)
    rest.serve(socket.socket(fileno=listener), topics.answer, topics.resource)
    works = [dispatcher.run, scheduler.run]
    if host := settings().pubsub_emulator:
        from local.relay import Relay  # noqa: PLC0415  # Google's clients, which nobody else needs

        works.append(Relay(host, store, entries(), dispatcher.wake).run)
    for work in works:
        threading.Thread(target=work, daemon=True).start()
    stopping.wait()
    scheduler.stop()
    dispatcher.stop()
    # What is still under way is settled by nobody, hence delivered again; that is the promise.
    os._exit(0)


def _backoff() -> Backoff:
    first, longest = os.environ.get("DISPATCH_BACKOFF", "0.2,30").split(",")
    return Backoff(float(first), float(longest))
