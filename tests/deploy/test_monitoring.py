"""Outages, slowness and silence, played against the very conditions that are printed for alerts."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from shared.manifest import monitoring
from shared.manifest.discovery import ROOT, deployed_name, entries
from shared.manifest.monitoring import BURNS, LEAST, OBJECTIVES
from shared.triggers import Http

UNITS = {"m": 1, "h": 60, "d": 24 * 60}
MONTH = 30 * 24 * 60
READS, WRITES = OBJECTIVES
READ, WRITE = "get-listing", "create-listing"

Minute = Counter[tuple[str, int, float]]
"""How many requests: (service, status, seconds) → count."""

_SHARE = re.compile(
    r"\(1 - sum\(rate\(\S+_bucket\{(?P<good>[^}]*)\}\[(?P<w1>\w+)\]\)\) "
    r"/ sum\(rate\(\S+_count\{(?P<all>[^}]*)\}\[(?P<w2>\w+)\]\)\)\) > (?P<limit>[\d.]+)"
)
_ENOUGH = re.compile(r"sum\(increase\(\S+_count\{([^}]*)\}\[(\w+)\]\)\) >= (\d+)")
_LABEL = re.compile(r'(\w+)(=~|!~|=)"([^"]*)"')


def minutes(window: str) -> int:
    return int(window[:-1]) * UNITS[window[-1]]


def matches(labels: str, service: str, status: int, seconds: float) -> bool:
    """Tell whether a request is in the series that the labels choose."""
    has = {
        "service_name": service,
        "status": str(status),
        "monitored_resource": "cloud_run_revision",
    }
    operators: dict[str, Callable[[str, str], bool]] = {
        "=": lambda wanted, found: wanted == found,
        "=~": lambda wanted, found: re.fullmatch(wanted, found) is not None,
        "!~": lambda wanted, found: re.fullmatch(wanted, found) is None,
    }
    return all(
        seconds <= float(wanted) if name == "le" else operators[operator](wanted, has[name])
        for name, operator, wanted in _LABEL.findall(labels)
    )


def counted(past: list[Minute], labels: str, window: str) -> int:
    """Return how many requests of the last minutes the labels choose."""
    recent: Minute = Counter()
    for each in past[-minutes(window) :]:
        recent.update(each)
    return sum(many for request, many in recent.items() if matches(labels, *request))


def holds(query: str, past: list[Minute]) -> bool:
    """Evaluate a condition at the end of the past."""
    for clause in query.split(" and "):
        if share := _SHARE.fullmatch(clause):
            assert share["w1"] == share["w2"]
            total = counted(past, share["all"], share["w2"])
            if not total:
                return False
            failed = 1 - counted(past, share["good"], share["w1"]) / total
            if failed <= float(share["limit"]):
                return False
        else:
            enough = _ENOUGH.fullmatch(clause)
            assert enough, clause
            if counted(past, enough[1], enough[2]) < int(enough[3]):
                return False
    return True


def fires(name: str, past: list[Minute]) -> bool:
    """Tell whether a policy alerts."""
    return any(
        holds(each["conditionPrometheusQueryLanguage"]["query"], past)
        for each in monitoring.policies()[name]["conditions"]
    )


def well(service: str = READ, many: int = 1_000) -> Minute:
    return Counter({(service, 200, 0.05): many})


def failing(share: float, service: str = READ, many: int = 1_000) -> Minute:
    bad = round(share * many)
    return Counter({(service, 200, 0.05): many - bad, (service, 503, 0.05): bad})


def slow(seconds: float, service: str) -> Minute:
    return Counter({(service, 200, seconds): 1_000})


def test_each_operation_is_in_one_objective_and_jobs_are_in_none() -> None:
    """Liveness too is in none: it is asked without end and would hide what people see."""
    for entry in entries().values():
        name = deployed_name(entry)
        found = [each.name for each in OBJECTIVES if matches(each.chosen, name, 200, 0)]
        wanted = []
        if isinstance(entry.trigger, Http) and name not in {"healthz", "readyz", "cors"}:
            wanted = ["reads" if entry.trigger.method == "GET" else "writes"]
        assert found == wanted, name


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda each: each.name)
def test_the_metric_has_a_border_at_the_time_of_each_objective(objective: Any) -> None:
    """Else nobody could count who was within it."""
    bounds = monitoring.metric()["bucketOptions"]["explicitBuckets"]["bounds"]
    assert objective.seconds in bounds
    assert bounds == sorted(bounds)


def test_the_factors_are_those_that_spend_2_5_and_10_percent_of_a_month() -> None:
    spent = [each.factor * minutes(each.long) / MONTH for each in BURNS]
    assert spent == pytest.approx([0.02, 0.05, 0.1])
    assert all(minutes(each.short) * 12 == minutes(each.long) for each in BURNS)


def test_an_outage_pages_within_a_minute_and_only_whom_it_concerns() -> None:
    past = [well() + well(WRITE)] * 600
    assert not fires("reads-page", past)
    past.append(failing(1) + well(WRITE))
    assert fires("reads-page", past)
    assert not fires("writes-page", past)


def test_a_page_ends_soon_after_its_cause() -> None:
    past = [well()] * 600 + [failing(1)] * 10
    assert fires("reads-page", [*past, *[well()] * 4])
    assert not fires("reads-page", [*past, *[well()] * 31])


def test_what_is_slow_has_failed_and_what_a_write_may_take_a_read_may_not() -> None:
    past = [well() + well(WRITE)] * 600
    assert fires("reads-page", [*past, *[slow(0.5, READ)] * 5])
    assert not fires("writes-page", [*past, *[slow(0.5, WRITE)] * 5])
    assert fires("writes-page", [*past, *[slow(0.9, WRITE)] * 5])


def test_a_slow_leak_pages_after_hours_not_at_once() -> None:
    """At seven times the budget the hour says nothing, six hours do."""
    quiet = [well()] * 600
    assert not fires("reads-page", [*quiet, *[failing(0.007)] * 290])
    assert fires("reads-page", [*quiet, *[failing(0.007)] * 330])


@pytest.mark.parametrize(("share", "ticket"), [(0.0009, False), (0.0012, True)])
def test_what_uses_up_the_budget_is_a_ticket_and_what_stays_within_it_is_nothing(
    share: float, *, ticket: bool
) -> None:
    past = [failing(share, many=10_000)] * minutes("3d")
    assert fires("reads-ticket", past) is ticket
    assert not fires("reads-page", past)


def test_a_few_requests_in_the_night_wake_nobody() -> None:
    nobody: list[Minute] = [Counter()] * 600
    one = failing(1, many=1)
    assert not fires("reads-page", [*nobody, one])
    assert not fires("reads-page", nobody)
    assert fires("reads-page", [*nobody, *[one] * LEAST])


def test_a_refusal_is_no_failure() -> None:
    """401, 404, 422 and 429 are answers."""
    past = [Counter({(READ, status, 0.05): 100 for status in (401, 404, 422, 429)})] * 600
    assert not fires("reads-page", past)


def test_every_alert_leads_to_a_runbook_that_is_there() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    headings = {
        each.lower().replace(" ", "-") for each in re.findall(r"^## (.*)$", page, re.MULTILINE)
    }
    for policy in monitoring.policies().values():
        path, _, heading = policy["documentation"]["content"].partition("#")
        assert path == "docs/operations.md"
        assert heading in headings


def test_what_alerts_look_for_in_the_log_is_what_the_code_writes() -> None:
    filters = [
        each["conditionMatchedLog"]["filter"]
        for policy in monitoring.policies().values()
        for each in policy["conditions"]
        if "conditionMatchedLog" in each
    ]
    code = "".join(
        file.read_text()
        for folder in ("functions", "shared")
        for file in (ROOT / folder).rglob("*.py")
        if file.name != "monitoring.py"
    )
    said = [word for each in filters for word in re.findall(r'message(?::|=)"([^"]+)"', each)]
    assert len(said) == 2
    assert all(word in code for word in said)
    (named,) = (each for each in filters if "=~" in each)
    for error in re.findall(r"\w+Error", named):
        assert f"class {error}(" in code
