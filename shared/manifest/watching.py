"""What is to be done about what is watched: the metric, the alert policies and the dashboard.

Each is marked with the version of its own text, as all that deploy.sh makes.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from shared.manifest import monitoring
from shared.manifest.deployment import SUITE, Deployment, Found, Step, gcloud


def steps(found: Found, run: Deployment) -> Iterator[Step]:
    """Yield what makes or changes what `monitoring` prints and Google does not have so."""
    yield from _metric(found, run)
    yield from _alerts(found, run)
    yield from _dashboard(found, run)


def _metric(found: Found, run: Deployment) -> Iterator[Step]:
    metric = monitoring.metric()
    # It has no labels of its own: its description ends with the mark.
    metric["description"] += f" {_version(metric)}"
    existing = found.by_name("metrics").get(metric["name"])
    if existing is None or existing.get("description") != metric["description"]:
        path = run.written("monitoring/metric.json", metric)
        words = ("logging", "metrics", _verb(existing), metric["name"])
        yield "resources", "metric", gcloud(*words, config_from_file=path)


def _alerts(found: Found, run: Deployment) -> Iterator[Step]:
    labels = [(each.get("userLabels", {}), each) for each in found.listed("alerts")]
    ours = {each["policy"]: (each, kept) for each, kept in labels if each.get("app") == SUITE}
    for name, policy in monitoring.policies().items():
        wanted = {**policy, "notificationChannels": [*run.where.channels]}
        marks = {"app": SUITE, "policy": name, "spec": _version(wanted)}
        there, existing = ours.get(name, ({}, None))
        if there == marks:
            continue
        path = run.written(f"monitoring/{name}.json", {**wanted, "userLabels": marks})
        target = [existing["name"]] if existing else []
        words = ("alpha", "monitoring", "policies", _verb(existing), *target)
        yield "wiring", f"alert {name}", gcloud(*words, policy_from_file=path)


def _dashboard(found: Found, run: Deployment) -> Iterator[Step]:
    wanted = monitoring.dashboard()
    marks = {"app": SUITE, "spec": _version(wanted)}
    ours = (each for each in found.listed("dashboards") if each.get("labels", {}).get("app"))
    existing = next((each for each in ours if each["labels"]["app"] == SUITE), None)
    if existing is None or existing["labels"] != marks:
        # Google changes only the one that it was asked about.
        etag = {"etag": existing["etag"]} if existing else {}
        path = run.written("monitoring/dashboard.json", {**wanted, "labels": marks, **etag})
        target = [existing["name"]] if existing else []
        words = ("monitoring", "dashboards", _verb(existing), *target)
        yield "wiring", "dashboard", gcloud(*words, config_from_file=path)


def _verb(existing: object) -> str:
    return "update" if existing else "create"


def _version(wanted: Mapping[str, Any]) -> str:
    return sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:20]
