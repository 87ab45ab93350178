"""What a million users cost a month on Google Cloud: assumptions, arithmetic, and their table.

Printed into `docs/operations.md`. The CPU of a request is what `docs/performance.md` has measured;
everything else is an assumption that is said, so that whoever knows better changes it here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BEGIN = "<!-- Costs: printed from `shared/manifest/costs.py` by `python -m functions write`. -->\n"
END = "<!-- End of costs. -->\n"

_DAYS = 30.4
_HOURS = 730
_GIB = 1024**3
_MANY = 1_000
_MEASURED = re.compile(r"^\| `(\w+)`[^|]*\| ([\d.]+) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Assumed:
    """One assumption: its value and what it is."""

    value: float
    says: str


ASSUMED: Mapping[str, Assumed] = {
    "users": Assumed(1_000_000, "people with an account"),
    "active": Assumed(0.15, "of them on a day"),
    "requests": Assumed(40, "requests of one of these on a day"),
    "writes": Assumed(0.15, "of the requests write, the others read"),
    "lists": Assumed(0.4, "of the reads are lists"),
    "events": Assumed(3.0, "deliveries of events and tasks a write, over all its handlers"),
    "seconds": Assumed(0.05, "from a request's arrival at a function to its answer"),
    "at_once": Assumed(2.0, "requests that share an instance on average"),
    "slower": Assumed(3.0, "times the measured CPU on a vCPU of Cloud Run"),
    "cold": Assumed(0.005, "of the requests start an instance"),
    "cold_seconds": Assumed(1.5, "an instance takes to start"),
    "memory": Assumed(0.5, "GiB of an instance"),
    "answer": Assumed(3_000, "bytes of an answer, compressed"),
    "message": Assumed(1_000, "bytes of an event, the least that is charged"),
    "shown": Assumed(60, "documents that a phone's listeners read on a day"),
    "projected": Assumed(12, "documents written for one active person on a day"),
    "pictures": Assumed(3.0, "MB of pictures kept of a user"),
    "viewed": Assumed(1.0, "MB of pictures seen by one active person on a day"),
    "logged": Assumed(1_400, "bytes of log a request: the platform's line and ours"),
    "vcpus": Assumed(8, "vCPU of Cloud SQL, with a standby in another zone"),
    "database_memory": Assumed(30, "GB of its memory"),
    "stored": Assumed(40, "KB of rows and indexes of a user, and as much of backups and log"),
}


@dataclass(frozen=True, slots=True)
class Price:
    """One list price in US dollars, what it is of, and where it was read, and when."""

    value: float
    says: str
    source: str


_READ = "read on 27 November 2026"
_GOOGLE = f"Google, `cloud.google.com/{{}}`, in a copy without a date, {_READ}"
_OTHERS = f"not Google itself but `{{}}`, {{}}, {_READ}"
_MEMORY = "from memory, not looked up"
_SQL = _OTHERS.format("usage.ai", "of May 2026, for Iowa")
_FIRESTORE = _OTHERS.format("airbyte.com", "without a date, for the United States")

PRICES: Mapping[str, Price] = {
    "gateway": Price(
        3.00,
        "API Gateway, a million calls after the first two",
        _GOOGLE.format("api-gateway/docs/pricing"),
    ),
    "run_calls": Price(
        0.40,
        "Cloud Run, a million requests",
        _OTHERS.format("cloudwebschool.com", "without a date"),
    ),
    "vcpu": Price(
        24.00,
        "Cloud Run, a million vCPU seconds while it serves",
        _GOOGLE.format("run/pricing"),
    ),
    "gib": Price(
        2.50,
        "Cloud Run, a million GiB seconds while it serves",
        _OTHERS.format("cloudwebschool.com", "without a date"),
    ),
    "sql_vcpu": Price(0.0413, "Cloud SQL Enterprise, a vCPU hour", _SQL),
    "sql_gb": Price(0.0070, "Cloud SQL Enterprise, a GB hour of memory", _SQL),
    "sql_disk": Price(0.17, "Cloud SQL, a GB month of SSD", _MEMORY),
    "sql_backup": Price(0.08, "Cloud SQL, a GB month of backups", _MEMORY),
    "pubsub": Price(
        40.00, "Pub/Sub, a TiB published or delivered", _GOOGLE.format("pubsub/pricing")
    ),
    "tasks": Price(0.40, "Cloud Tasks, a million operations", _MEMORY),
    "reads": Price(0.03, "Firestore in one region, 100,000 reads", _FIRESTORE),
    "document_writes": Price(0.09, "Firestore in one region, 100,000 writes", _FIRESTORE),
    "storage": Price(0.020, "Cloud Storage, a GB month", _MEMORY),
    "egress": Price(
        0.12,
        "a GB sent to the internet",
        _OTHERS.format("cloudwebschool.com", "without a date"),
    ),
    "logging": Price(
        0.50,
        "Cloud Logging, a GiB after the first fifty",
        _GOOGLE.format("stackdriver/pricing"),
    ),
}
"""List prices without discounts: look them up before you rely on them, for your own region."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill."""

    what: str
    formula: str
    quantity: float
    unit: str
    price: float

    @property
    def dollars(self) -> float:
        """Return what it costs a month."""
        return self.quantity * self.price


def bill(cpu: Mapping[str, float], given: Mapping[str, float] = {}) -> list[Line]:  # read
    """Return the bill of a month; `cpu` is the measured CPU in ms, `given` replaces assumptions."""
    a = {name: each.value for name, each in ASSUMED.items()} | dict(given)
    p = {name: each.value for name, each in PRICES.items()}
    people = a["users"] * a["active"] * _DAYS
    requests = people * a["requests"]
    deliveries = requests * a["writes"] * a["events"]
    calls = requests + deliveries
    busy = max(a["seconds"] / a["at_once"], _cpu_seconds(a, cpu)) + a["cold"] * a["cold_seconds"]
    served = calls * busy / 1e6
    rows = a["users"] * a["stored"] / 1e6
    kept = a["users"] * a["pictures"] / 1e3
    sent = people * (a["requests"] * a["answer"] / 1e9 + a["viewed"] / 1e3)
    return [
        Line(
            "API Gateway",
            "users × active × days × requests − 2 M",
            max(requests / 1e6 - 2, 0),
            "M calls",
            p["gateway"],
        ),
        Line("Cloud Run, requests", "requests + deliveries", calls / 1e6, "M", p["run_calls"]),
        Line(
            "Cloud Run, CPU",
            "calls × (max(seconds ÷ at_once, CPU × slower) + cold × cold_seconds)",
            served,
            "M vCPU s",
            p["vcpu"],
        ),
        Line("Cloud Run, memory", "the same × memory", served * a["memory"], "M GiB s", p["gib"]),
        Line("Cloud SQL, CPU", "vcpus × hours × 2", a["vcpus"] * _HOURS * 2, "h", p["sql_vcpu"]),
        Line(
            "Cloud SQL, memory",
            "database_memory × hours × 2",
            a["database_memory"] * _HOURS * 2,
            "GB h",
            p["sql_gb"],
        ),
        Line("Cloud SQL, disk", "users × stored × 2", rows * 2, "GB", p["sql_disk"]),
        Line("Cloud SQL, backups", "users × stored", rows, "GB", p["sql_backup"]),
        Line(
            "Pub/Sub",
            "2 × deliveries × message",
            2 * deliveries * a["message"] / 1024**4,
            "TiB",
            p["pubsub"],
        ),
        Line(
            "Cloud Tasks",
            "2 × a tenth of deliveries",
            2 * deliveries / 10 / 1e6,
            "M",
            p["tasks"],
        ),
        Line("Firestore, reads", "people × shown", people * a["shown"] / 1e5, "100 k", p["reads"]),
        Line(
            "Firestore, writes",
            "people × projected",
            people * a["projected"] / 1e5,
            "100 k",
            p["document_writes"],
        ),
        Line("FCM", "free", 0, "", 0),
        Line("Cloud Storage", "users × pictures", kept, "GB", p["storage"]),
        Line("Egress", "people × (requests × answer + viewed)", sent, "GB", p["egress"]),
        Line(
            "Logging",
            "calls × logged − 50 GiB",
            max(calls * a["logged"] / _GIB - 50, 0),
            "GiB",
            p["logging"],
        ),
    ]


def _cpu_seconds(a: Mapping[str, float], cpu: Mapping[str, float]) -> float:
    """Return the CPU seconds of the average request, as measured and slower."""
    read = a["lists"] * cpu["list_listings"] + (1 - a["lists"]) * cpu["get_listing"]
    mixed = a["writes"] * cpu["create_listing"] + (1 - a["writes"]) * read
    return mixed / 1e3 * a["slower"]


def measured(page: str) -> dict[str, float]:
    """Return the CPU in ms of each function that `docs/performance.md` names, first table first."""
    found: dict[str, float] = {}
    for name, milliseconds in _MEASURED.findall(page):
        found.setdefault(name, float(milliseconds))
    return found


def render(root: Path) -> str:
    """Return `docs/operations.md` with its costs as they are now."""
    page = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    cpu = measured((root / "docs" / "performance.md").read_text(encoding="utf-8"))
    return f"{before}{BEGIN}{''.join(_printed(cpu))}{END}{after}"


def _printed(cpu: Mapping[str, float]) -> Iterator[str]:
    lines = bill(cpu)
    total = sum(each.dollars for each in lines)
    yield "\n| What | Formula | A month | Price | US$ a month |\n| --- | --- | --- | --- | --- |\n"
    for each in sorted(lines, key=lambda line: -line.dollars):
        digits = ",.3g" if each.quantity < _MANY else ",.0f"
        quantity = f"{each.quantity:{digits}}"
        yield (
            f"| {each.what} | {each.formula} | {quantity} {each.unit} | {each.price:.4f} "
            f"| {each.dollars:,.0f} |\n"
        )
    yield f"| **Together** | | | | **{total:,.0f}** |\n"
    users = ASSUMED["users"].value
    tenth = sum(each.dollars for each in bill(cpu, {"users": users / 10}))
    yield f"\nA user costs {100 * total / users:.2f} cents a month; "
    yield f"among a tenth as many, with the same database, {1000 * tenth / users:.2f}.\n"
    mixed = _cpu_seconds({name: said.value for name, said in ASSUMED.items()}, cpu) * 1e3
    yield "\n| Assumed | | |\n| --- | --- | --- |\n"
    for name, assumed in ASSUMED.items():
        yield f"| {name} | {assumed.value:,.9g} | {assumed.says} |\n"
    yield f"| CPU × slower | {mixed:.2f} | ms a request: the measured mix of reads and writes |\n"
    yield "\n| US$ | List price | Where it was read |\n| --- | --- | --- |\n"
    for price in PRICES.values():
        yield f"| {price.value:.4f} | {price.says} | {price.source} |\n"
    yield "\n"
