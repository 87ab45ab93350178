from tests.suite import Suite


def test_a_process_that_runs_says_so(suite: Suite) -> None:
    answer = suite.call("GET /healthz")
    assert (answer.status, answer.data) == (200, {"status": "ok"})
