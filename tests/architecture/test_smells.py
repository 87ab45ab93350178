"""What the design rejects, found in the source."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from shared.entry import Entry
from shared.manifest import queries
from shared.manifest.discovery import ROOT, path_of
from shared.triggers import Http
from tests.architecture.samples import ALL, http, named

_FOREIGN = {"sqlalchemy", "pg8000", "flask", "google", "firebase_admin", "functions_framework"}

_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\b\s")

_SESSION = re.compile(
    r"pg_(try_)?advisory_lock|\A\s*(SET|RESET|PREPARE|DECLARE)\b"
    r"|set_config\s*\([^()]*(\([^()]*\)[^()]*)*,\s*false\s*\)|\bCREATE\s+TEMP|\bLISTEN\b",
    re.IGNORECASE,
)
"""State that outlives the transaction: behind a transaction pooler it reaches a stranger."""

_PROOF = re.compile(
    r"(?:^|_)(?:token|signature|sig|mac|hmac|digest|secret|password|otp|pin)s?(?:_|$)",
    re.IGNORECASE,
)
"""Names of what proves that somebody may: how long a comparison takes must not tell how near."""

_BOUNDED = {
    "functions.bizconnect._statements.suggestions.category_names": "A row for each id it is given.",
    "functions.notifications._statements.feed.insert_notifications": "A row for each it is given.",
    "functions.bizconnect._statements.figures.metrics": "A row for each business of the caller.",
    "functions.messaging._statements.teams.drain_team": "What the agents there have room for.",
    "functions.notifications._statements.named.forget_connection": "Who leads either business.",
    "functions.users._statements.erasure.businesses_of": "The businesses of one person.",
    "functions.users._statements.businesses.categories_among": "A row for each id it is given.",
    "functions.users._statements.erasure.erase_businesses": "What one person alone owns.",
}
"""Statements that return rows without LIMIT, and what bounds them."""


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def _imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return names


@pytest.mark.parametrize(**named(ALL))
def test_a_function_imports_no_framework_client_or_other_service(entry: Entry) -> None:
    """It knows its own service, shared and schemas."""
    for name in _imports(_tree(ROOT / path_of(entry))):
        first, _, rest = name.partition(".")
        assert first not in _FOREIGN
        if first == "functions":
            assert rest.split(".")[0] == entry.service


@pytest.mark.parametrize(**named(ALL))
def test_a_function_leaves_the_transaction_to_the_edge(entry: Entry) -> None:
    """No commit, no rollback, no pool; and no SQL in the file."""
    tree = _tree(ROOT / path_of(entry))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"commit", "rollback", "script", "begin"}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not _SQL.match(node.value.lstrip())
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) for part in node.values if isinstance(part, ast.Constant)
            )
            assert not _SQL.match(text.lstrip())
    assert "shared.db.pool" not in _imports(tree)


@pytest.mark.parametrize(**named(ALL))
def test_a_function_reads_neither_clock_nor_environment(entry: Entry) -> None:
    """`now` is given, so that a retry sees the same time; settings belong to shared."""
    for node in ast.walk(_tree(ROOT / path_of(entry))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
            assert not called.startswith("os.")


@pytest.mark.parametrize(**named([entry for entry in ALL if isinstance(entry.trigger, Http)]))
def test_what_creates_answers_201(entry: Entry) -> None:
    """By its name."""
    if http(entry).method == "POST" and entry.name.startswith("create_"):
        assert http(entry).status == 201


STATEMENTS = queries.statements(ROOT)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_pages_by_key_and_leaves_nothing_in_the_session(name: str) -> None:
    """OFFSET reads what it skips, and skips what moved."""
    _, text, _ = STATEMENTS[name]
    assert not re.search(r"\bOFFSET\b", text, re.IGNORECASE)
    assert not _SESSION.search(text)


@pytest.mark.parametrize(
    "name", [name for name, found in STATEMENTS.items() if found[0].kind == "rows"]
)
def test_a_statement_that_returns_rows_is_bounded(name: str) -> None:
    """By LIMIT, or by what is said here."""
    _, text, _ = STATEMENTS[name]
    limited = bool(re.search(r"\bLIMIT\b", text, re.IGNORECASE))
    assert limited is not (name in _BOUNDED), "add LIMIT, or say what bounds it"


def test_statements_are_authored_where_they_never_run() -> None:
    """Nothing imports `_statements` but the printer: SQLAlchemy costs half a cold start."""
    for file in [*ROOT.glob("functions/**/*.py"), *ROOT.glob("shared/*.py")]:
        if "_statements" in {file.stem, file.parent.name}:
            continue
        assert not [name for name in _imports(_tree(file)) if "_statements" in name], file


def test_no_function_or_query_file_is_a_drawer() -> None:
    """Helpers have two names, `_queries` and `_rules`; the statements are printed to the first.

    Either is a module or, when it grew, a package.
    """
    for file in ROOT.glob("functions/*/_*"):
        if "__pycache__" not in file.parts:
            assert file.stem in {"__init__", "_queries", "_rules", "_statements"}, file


def test_every_printed_module_has_its_statements() -> None:
    """One whose source was renamed or removed would go on being imported."""
    printed = {*ROOT.glob("functions/*/_queries.py"), *ROOT.glob("functions/*/_queries/[!_]*.py")}
    expected = {queries.target(source) for source in queries.sources(ROOT)}
    assert printed == {file for file in expected if file.is_relative_to(ROOT / "functions")}


def test_statements_are_read_in_one_sitting() -> None:
    """A module that grows past this becomes a package, and one of a package becomes two."""
    files = [*ROOT.glob("functions/*/_statements.py"), *ROOT.glob("functions/*/_statements/*.py")]
    assert not [each for each in files if len(each.read_text().splitlines()) > 250]


def _compared(tree: ast.AST) -> list[str]:
    """Return the comparisons in which a guess that is nearly right takes longer."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        telling = any(isinstance(each, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for each in node.ops)
        if telling and any(_PROOF.search(_called(each)) for each in sides):
            found.append(ast.unparse(node))
    return found


def _called(node: ast.expr) -> str:
    """Return the name by which a value goes: of a variable, an attribute, a key or a call."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


@pytest.mark.parametrize("folder", ["functions", "shared", "schemas", "local"])
def test_a_proof_is_compared_in_constant_time(folder: str) -> None:
    """By `hmac.compare_digest`: signatures, secrets, tokens."""
    for file in (ROOT / folder).rglob("*.py"):
        assert not _compared(_tree(file)), file


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("signature == given", True),
        ("given != request.header_token", True),
        ("row['secret'] == 1", True),
        ("body.get('otp') != code", True),
        ("_sign(x) == hmac_digest(y)", True),
        ("token in known", True),
        ("hmac.compare_digest(signature, given)", False),
        ("token is None", False),
        ("len(token) > 8", False),
        ("opinion == stigma", False),
    ],
)
def test_a_proof_that_is_compared_letter_by_letter_is_seen(said: str, wrong: bool) -> None:
    assert bool(_compared(ast.parse(said))) is wrong
