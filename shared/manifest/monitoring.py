"""Prints what is watched: the metric of answers, the alert policies and the dashboard.

An objective is a share of requests that are answered without a server's error in time. How fast its
budget of 30 days burns is looked at over two windows: the long one says that it matters, the short
one that it still goes on. Source of the factors: the SRE Workbook, "Alerting on SLOs".
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

METRIC = "answer_seconds"
_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 15.0)
LEAST = 20
"""So many requests in the short window make an alert: of three, one is not a third of all."""

CONNECTIONS = 800
"""Four fifths of the database's `max_connections`, which `deploy/*.env` share out."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is promised of a class of functions; `services` chooses them by their deployed names."""

    name: str
    services: str
    share: float
    seconds: float

    @property
    def chosen(self) -> str:
        """Return the labels of their requests."""
        return f'monitored_resource="cloud_run_revision",service_name{self.services}'

    def failed(self, window: str) -> str:
        """Return the share of requests in a window that were not answered well and in time."""
        good = f'{{{self.chosen},status!~"5..",le="{self.seconds}"}}'
        return (
            f"(1 - sum(rate({_prometheus('bucket')}{good}[{window}])) "
            f"/ sum(rate({_prometheus('count')}{{{self.chosen}}}[{window}])))"
        )

    def enough(self, window: str) -> str:
        """Return whether a window has requests enough to speak of a share."""
        return f"sum(increase({_prometheus('count')}{{{self.chosen}}}[{window}])) >= {LEAST}"


_READS = "(get|list)-.+|search"
_OTHERS = "(on|cron|task)-.+|cors|healthz|readyz"
OBJECTIVES = (
    Objective("reads", f'=~"{_READS}"', share=0.999, seconds=0.3),
    Objective("writes", f'!~"{_READS}|{_OTHERS}"', share=0.999, seconds=0.8),
)


@dataclass(frozen=True, slots=True)
class Burn:
    """A rate at which the budget is spent that somebody must hear of, and how urgently."""

    factor: float
    long: str
    short: str
    severity: str

    def query(self, objective: Objective) -> str:
        """Return the condition, in PromQL."""
        limit = f"{self.factor * (1 - objective.share):.4g}"
        return (
            f"{objective.failed(self.long)} > {limit} and {objective.failed(self.short)} > {limit} "
            f"and {objective.enough(self.short)}"
        )


BURNS = (
    Burn(14.4, "1h", "5m", "CRITICAL"),
    Burn(6, "6h", "30m", "CRITICAL"),
    Burn(1, "3d", "6h", "WARNING"),
)

_LOGGED: Mapping[str, tuple[str, str, str]] = {
    "kept-tasks": (
        "A task has used up its attempts",
        'resource.type="cloud_run_revision" AND jsonPayload.message:"kept for an operator"',
        "replay",
    ),
    "audit": (
        "The audit log is broken",
        'resource.type="cloud_run_revision" AND jsonPayload.message="the audit log is broken"',
        "incident",
    ),
    "schedules": (
        "A scheduled job was not done",
        'resource.type="cloud_scheduler_job" AND severity>=ERROR',
        "incident",
    ),
    "misconfigured": (
        "Google refuses a function its database or a secret",
        (
            'resource.type="cloud_run_revision" AND '
            'jsonPayload.message=~"(CloudSqlError|SecretError|MisconfiguredError)"'
        ),
        "incident",
    ),
}
"""Name → title, filter of the log, heading of the runbook."""

_MEASURED: Mapping[str, tuple[str, str, str, str]] = {
    "dead-letters": (
        "An event is with the dead letters",
        (
            "max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages"
            '{subscription_id=~".+-dead-letters"}) > 0'
        ),
        "60s",
        "dead-letters",
    ),
    "events": (
        "Events wait for longer than a minute",
        (
            "max by (subscription_id) "
            "(pubsub_googleapis_com:subscription_oldest_unacked_message_age"
            '{subscription_id!~".+-dead-letters"}) > 60'
        ),
        "300s",
        "incident",
    ),
    "relay": (
        "Nothing sends on what was not handed over",
        (
            "absent_over_time(run_googleapis_com:request_count"
            '{service_name="cron-relay-outbox",response_code_class="2xx"}[10m])'
        ),
        "0s",
        "incident",
    ),
    "connections": (
        "The database is nearly out of connections",
        (
            "sum by (database_id) (cloudsql_googleapis_com:database_postgresql_num_backends) "
            f"> {CONNECTIONS}"
        ),
        "120s",
        "incident",
    ),
    "disk": (
        "The database's disk is four fifths full",
        "max by (database_id) (cloudsql_googleapis_com:database_disk_utilization) > 0.8",
        "600s",
        "incident",
    ),
}
"""Name → title, PromQL, for how long, heading of the runbook."""


def files(root: Path) -> Iterator[tuple[Path, Callable[[], str]]]:
    """Yield each file under `deploy/monitoring` and what prints it."""
    under = root / "deploy" / "monitoring"
    yield under / f"{METRIC}.json", partial(_text, metric())
    yield under / "dashboard.json", partial(_text, dashboard())
    for name, policy in policies().items():
        yield under / "policies" / f"{name}.json", partial(_text, policy)


def metric() -> dict[str, Any]:
    """Return the metric that Cloud Logging counts from the platform's own line of each request.

    It has a border at each objective's time, which the platform's own latencies have not.
    """
    return {
        "name": METRIC,
        "description": "From a request's arrival at Cloud Run to its answer, cold start included.",
        "filter": 'resource.type="cloud_run_revision" AND log_id("run.googleapis.com/requests")',
        "valueExtractor": "EXTRACT(httpRequest.latency)",
        "labelExtractors": {"status": "EXTRACT(httpRequest.status)"},
        "metricDescriptor": {
            "metricKind": "DELTA",
            "valueType": "DISTRIBUTION",
            "unit": "s",
            "labels": [{"key": "status", "valueType": "STRING"}],
        },
        "bucketOptions": {"explicitBuckets": {"bounds": [*_SECONDS]}},
    }


def policies() -> dict[str, dict[str, Any]]:
    """Return the alert policies by name."""
    found = {}
    for objective in OBJECTIVES:
        for severity in ("CRITICAL", "WARNING"):
            burns = [each for each in BURNS if each.severity == severity]
            name = f"{objective.name}-{'page' if severity == 'CRITICAL' else 'ticket'}"
            title = f"The budget of {objective.name} burns"
            conditions = [
                _promql(f"{each.factor} × over {each.long}", each.query(objective), "0s")
                for each in burns
            ]
            found[name] = _policy(title, conditions, "incident", severity)
    for name, (title, query, seconds, runbook) in _MEASURED.items():
        found[name] = _policy(title, [_promql(title, query, seconds)], runbook, "ERROR")
    for name, (title, wanted, runbook) in _LOGGED.items():
        condition = {"displayName": title, "conditionMatchedLog": {"filter": wanted}}
        found[name] = _policy(title, [condition], runbook, "ERROR")
        limit = {"period": "3600s"}
        found[name]["alertStrategy"] = {"notificationRateLimit": limit, "autoClose": "86400s"}
    return found


def _policy(
    title: str, conditions: list[dict[str, Any]], runbook: str, severity: str
) -> dict[str, Any]:
    return {
        "displayName": title,
        "documentation": {"content": f"docs/operations.md#{runbook}", "mimeType": "text/markdown"},
        "severity": severity,
        "combiner": "OR",
        "conditions": conditions,
        "enabled": True,
    }


def _promql(title: str, query: str, seconds: str) -> dict[str, Any]:
    asked = {"query": query, "duration": seconds, "evaluationInterval": "60s"}
    return {"displayName": title, "conditionPrometheusQueryLanguage": asked}


def dashboard() -> dict[str, Any]:
    """Return the page that whoever is called opens first."""
    charts = [
        (f"{each.name}: share not answered well in {each.seconds} s", each.failed("5m"))
        for each in OBJECTIVES
    ]
    by_class = "sum by (response_code_class) (rate(run_googleapis_com:request_count[1m]))"
    busiest = "topk(10, sum by (service_name) (rate(run_googleapis_com:request_count[5m])))"
    slowest = (
        "topk(10, histogram_quantile(0.95, sum by (service_name, le) "
        f"(rate({_prometheus('bucket')}[5m]))))"
    )
    charts += [
        ("Requests a second", by_class),
        ("Busiest functions, requests a second", busiest),
        ("Slowest functions, 95th percentile in seconds", slowest),
        ("Instances", "sum(run_googleapis_com:container_instance_count)"),
        *((title, query) for title, query, _, _ in map(_without_limit, _MEASURED.values())),
        ("Tasks that wait", "sum by (queue_id) (cloudtasks_googleapis_com:queue_depth)"),
        ("The database's CPU", "cloudsql_googleapis_com:database_cpu_utilization"),
    ]
    return {
        "displayName": "PushNchat",
        "mosaicLayout": {"columns": 12, "tiles": [*map(_tile, range(len(charts)), charts)]},
    }


def _without_limit(watched: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    title, query, seconds, runbook = watched
    return title, query.partition(" > ")[0], seconds, runbook


def _tile(number: int, chart: tuple[str, str]) -> dict[str, Any]:
    title, query = chart
    drawn = {
        "plotType": "LINE",
        "targetAxis": "Y1",
        "timeSeriesQuery": {"prometheusQuery": query},
    }
    return {
        "xPos": 6 * (number % 2),
        "yPos": 4 * (number // 2),
        "width": 6,
        "height": 4,
        "widget": {"title": title, "xyChart": {"dataSets": [drawn]}},
    }


def _prometheus(part: str) -> str:
    return f"logging_googleapis_com:user_{METRIC}_{part}"


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
