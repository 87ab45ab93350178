"""A seam whose other side does not answer costs its callers nothing."""

import threading
import time

import pytest

from shared.cloud.breaker import Breaker, OpenError


def fail(breaker: Breaker, error: Exception) -> None:
    with pytest.raises(type(error)), breaker.watch(TimeoutError):
        raise error


def test_it_opens_after_calls_in_a_row_that_got_no_answer() -> None:
    breaker = Breaker("The bus", failures=3, rest_seconds=60)
    fail(breaker, TimeoutError())
    fail(breaker, TimeoutError())
    with breaker.watch(TimeoutError):
        pass
    for _ in range(3):
        fail(breaker, TimeoutError())
    with pytest.raises(OpenError, match="The bus does not answer") as refused:  # noqa: SIM117
        with breaker.watch(TimeoutError):
            pytest.fail("the call was made")
    assert refused.value.status == 503
    assert int(refused.value.headers["Retry-After"]) >= 1


def test_a_refusal_is_an_answer() -> None:
    """Whoever refuses a thousand calls is there."""
    breaker = Breaker("The bus", failures=2, rest_seconds=60)
    fail(breaker, TimeoutError())
    for _ in range(5):
        fail(breaker, ValueError())
    fail(breaker, TimeoutError())
    with breaker.watch(TimeoutError):
        pass


def test_one_call_tries_while_the_others_rest() -> None:
    breaker = Breaker("The bus", failures=1, rest_seconds=0.2)
    fail(breaker, TimeoutError())
    time.sleep(0.25)
    breaker.rest_seconds = 60  # however long the machine takes to start the others
    made, refused = [], []
    together, free = threading.Barrier(8), threading.Event()

    def call() -> None:
        together.wait()
        try:
            with breaker.watch(TimeoutError):
                made.append(1)
                free.wait(20)
        except OpenError:
            refused.append(1)
            if len(refused) == 7:
                free.set()

    crew = [threading.Thread(target=call) for _ in range(8)]
    for each in crew:
        each.start()
    for each in crew:
        each.join(30)
    assert (len(made), len(refused)) == (1, 7)
    with breaker.watch(TimeoutError):
        pass


def test_a_try_that_fails_opens_it_again() -> None:
    breaker = Breaker("The bus", failures=2, rest_seconds=0.2)
    for _ in range(2):
        fail(breaker, TimeoutError())
    time.sleep(0.25)
    fail(breaker, TimeoutError())
    with pytest.raises(OpenError), breaker.watch(TimeoutError):
        pytest.fail("the call was made")
