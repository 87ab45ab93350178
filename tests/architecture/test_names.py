"""A function is found by its operation: file, function and document say the same name."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from shared.entry import Entry
from shared.manifest.discovery import LONGEST_NAME, ROOT, deployed_name, files, path_of
from shared.manifest.overview import trigger_of
from shared.roles import PUBLIC, SIGNED_IN
from shared.triggers import Cron, Http, OnEvent, Task
from tests.architecture.samples import ALL, EVENTS, HTTP, http, named

LONGEST_FILE = 60

_VERBS = {"PUT": "replace", "PATCH": "update", "DELETE": "delete"}

_OWN_NAMES = {
    "GET /healthz": "healthz",  # What every platform calls this probe.
    "GET /readyz": "readyz",  # The same.
    "GET /api/v1/search": "search",  # The path is the verb.
    "POST /api/v1/sync": "sync",  # The same.
    "POST /api/v1/users/me/restore": "restore_me",  # A verb on oneself, like `update_me`.
}

_QUALIFIERS = {"mine": "my", "nearby": "nearby"}
"""What says which of a collection, and the word for it in front of the noun."""


def _names(method: str, path: str) -> set[str]:
    """Return the names that the table of the design gives an operation.

    A POST below a resource is a verb on it (`pause`) or makes something in it (`members`): grammar
    cannot tell these apart, the name does.
    """
    if own := _OWN_NAMES.get(f"{method} {path}"):
        return {own}
    segments = path.removeprefix("/api/v1/").replace("-", "_").split("/")
    if segments[:2] == ["users", "me"]:
        segments = segments[2:] or ["me"]  # What is one's own needs no owner in its name.
    words = [each for each in segments if not each.startswith("{")]
    *parents, last = words
    if method in _VERBS:
        return {f"{_VERBS[method]}_{_noun(words)}"}
    if method == "GET":
        return {_read(words, one=segments[-1] != last)}
    made = {f"create_{_noun(words)}"}
    below_one = len(segments) > 1 and segments[-2].startswith("{")
    return made | {f"{last}_{_noun(parents, plural=not below_one)}"} if parents else made


def _read(words: list[str], *, one: bool) -> str:
    *parents, last = words
    if one:
        return f"get_{_noun(words)}"
    if last in _QUALIFIERS:
        return f"list_{_QUALIFIERS[last]}_{_noun(parents, plural=True)}"
    if last.endswith("s"):
        return f"list_{_noun(words, plural=True)}"
    return f"get_{_noun(words)}"


def _noun(words: list[str], *, plural: bool = False) -> str:
    *owners, last = words
    return "_".join([*map(_singular, owners), last if plural else _singular(last)])


def _singular(word: str) -> str:
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("ss", "ss"),
        ("us", "us"),
        ("s", ""),
    ):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("GET /api/v1/listings", "list_listings"),
        ("GET /api/v1/listings/{listing_id}", "get_listing"),
        ("POST /api/v1/listings", "create_listing"),
        ("PUT /api/v1/listings/{listing_id}", "replace_listing"),
        ("POST /api/v1/listings/{listing_id}/pause", "pause_listing"),
        ("GET /api/v1/listings/mine", "list_my_listings"),
        ("GET /api/v1/admin/listings", "list_admin_listings"),
        ("PATCH /api/v1/users/me", "update_me"),
        ("POST /api/v1/users/me/sessions/revoke", "revoke_sessions"),
        ("POST /api/v1/businesses/{business_id}/members", "create_business_member"),
        ("GET /api/v1/businesses/{business_id}/members", "list_business_members"),
        ("POST /api/v1/notifications/read-all", "read_all_notifications"),
        ("DELETE /api/v1/saved-searches/{search_id}", "delete_saved_search"),
        ("GET /api/v1/listings/categories", "list_listing_categories"),
        ("GET /api/v1/notifications/unread-count", "get_notification_unread_count"),
    ],
)
def test_the_table_is_the_one_of_the_design(operation: str, name: str) -> None:
    """The rule that is enforced below gives the names people expect."""
    method, _, path = operation.partition(" ")
    assert name in _names(method, path)


@pytest.mark.parametrize(**named(HTTP))
def test_an_operation_is_named_by_the_table(entry: Entry) -> None:
    """Whoever knows the path knows the file."""
    assert entry.name in _names(http(entry).method, http(entry).path)


@pytest.mark.parametrize(**named([each for each in ALL if not isinstance(each.trigger, Http)]))
def test_other_functions_say_their_trigger_first(entry: Entry) -> None:
    """An event handler names its event, too."""
    match entry.trigger:
        case OnEvent():
            assert entry.event is not None
            event = re.sub(r"(?<!^)(?=[A-Z])", "_", entry.event.__name__).lower()
            assert entry.name.startswith(f"on_{event}_")
        case Cron():
            assert entry.name.startswith("cron_")
        case Task():
            assert entry.name.startswith("task_")


def test_no_two_functions_share_an_operation_or_a_deployed_name() -> None:
    """One function a method and path."""
    triggers = [trigger_of(entry) for entry in HTTP]
    assert len(set(triggers)) == len(triggers)
    names = [deployed_name(entry) for entry in ALL]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= LONGEST_NAME


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@pytest.mark.parametrize(**named(ALL))
def test_a_file_is_short_and_defines_its_function_alone(entry: Entry) -> None:
    """What needs more belongs to `_rules` or `_statements`."""
    file = ROOT / path_of(entry)
    assert len(file.read_text().splitlines()) <= LONGEST_FILE
    defined = [
        node.name
        for node in _tree(file).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert [name for name in defined if not name.startswith("_")] == [entry.name]


@pytest.mark.parametrize(**named(ALL))
def test_a_file_says_what_it_is(entry: Entry) -> None:
    """The operation, or a sentence; and for callers a summary of one line."""
    docstring = ast.get_docstring(_tree(ROOT / path_of(entry))) or ""
    if isinstance(entry.trigger, Http):
        assert docstring == trigger_of(entry)
        first = (entry.function.__doc__ or "").strip().split("\n\n")[0]
        assert entry.summary.endswith(".")
        assert "\n" not in first, "the first sentence is the summary: one line"
    else:
        assert docstring.split("\n\n")[0].endswith(".")


@pytest.mark.parametrize(**named(ALL))
def test_a_function_has_its_test_file(entry: Entry) -> None:
    """tests/<service>/test_<function>.py mirrors it."""
    assert (ROOT / "tests" / entry.service / f"test_{entry.name}.py").exists()


def test_every_file_is_a_function() -> None:
    """Nothing public lies in a service's folder that is not served."""
    assert {file.relative_to(ROOT) for file in files()} == {path_of(entry) for entry in ALL}


@pytest.mark.parametrize(**named(HTTP))
def test_roles_are_said_or_openness_is(entry: Entry) -> None:
    """An empty set that is neither PUBLIC nor SIGNED_IN would let every token in."""
    roles = http(entry).roles
    assert roles or roles is PUBLIC or roles is SIGNED_IN


@pytest.mark.parametrize(**named(EVENTS))
def test_an_event_is_published_on_a_topic_of_ours(entry: Entry) -> None:
    """Its module in schemas/events is the topic."""
    assert entry.event is not None
    assert entry.event.__module__.startswith("schemas.events.")
