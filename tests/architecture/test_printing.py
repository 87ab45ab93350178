"""The parts that print: the dialect of schemas, examples, refusals, the plan."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from openapi_schema_validator import OAS30Validator
from pydantic import Field

from schemas.events.users import UserOnboarded
from schemas.shape import Shape
from shared.entry import compile_entry
from shared.errors import ConflictError, InvalidError, Problem
from shared.manifest import plan
from shared.manifest.dialect import converted, present
from shared.manifest.environment import load
from shared.manifest.examples import Examples
from shared.manifest.refusals import Refusal, findings
from shared.roles import PUBLIC
from shared.triggers import get, on_event


class Leaf(Shape):
    name: Annotated[str, Field(min_length=3)]


class Tree(Shape):
    """Everything that the two dialects say differently."""

    kind: Literal["tree"]
    size: Annotated[float, Field(gt=0, lt=10)]
    pair: tuple[int, str]
    note: str | None = None
    mood: Literal["good", "bad"] | None = None
    leaf: Leaf | None = None
    told: Leaf = Field(description="Beside a reference.")
    either: int | str | None = None
    counts: dict[str, int]
    branches: list["Tree"] = []
    anything: Any = None
    since: datetime


def _schema(shape: type[Shape]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    printed = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    named = {name: converted(each) for name, each in printed.get("$defs", {}).items()}
    return named.get(shape.__name__) or converted(printed), named


def test_a_shape_is_said_in_the_older_dialect() -> None:
    """What the newer one says with null, const, tuples and numbers for exclusive bounds."""
    fields = _schema(Tree)[0]["properties"]
    assert fields["kind"] == {"type": "string", "enum": ["tree"]}
    size = {"minimum": 0, "exclusiveMinimum": True, "maximum": 10, "exclusiveMaximum": True}
    assert fields["size"] == {"type": "number", **size}
    assert fields["pair"]["items"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert fields["note"] == {"type": "string", "nullable": True}
    assert fields["mood"]["enum"] == ["good", "bad", None]
    assert fields["told"]["allOf"] == [{"$ref": "#/components/schemas/Leaf"}]
    assert fields["counts"]["additionalProperties"] == {"type": "integer"}
    assert fields["anything"] == {}


@pytest.mark.parametrize("leaf", [None, {"name": "oak"}])
def test_a_reference_may_be_null(leaf: object) -> None:
    """`nullable` beside a reference would be ignored."""
    schema, named = _schema(Tree)
    rooted = {**schema["properties"]["leaf"], "components": {"schemas": named}}
    assert OAS30Validator(rooted).is_valid(leaf)
    assert not OAS30Validator(rooted).is_valid({"name": 1})


def test_a_parameter_is_absent_and_never_null() -> None:
    """A query string has no null."""
    fields = _schema(Tree)[0]["properties"]
    assert present(fields["mood"]) == {"type": "string", "enum": ["good", "bad"]}
    assert present(fields["leaf"]) == {"allOf": [{"$ref": "#/components/schemas/Leaf"}]}
    assert present(fields["either"]) == {"anyOf": [{"type": "integer"}, {"type": "string"}]}


def test_an_example_is_made_for_what_has_none() -> None:
    """It fits, it ends where a shape repeats, and it leaves out what may be left out."""
    schema, named = _schema(Tree)
    made = Examples(named).sent(schema)
    rooted = {**schema, "components": {"schemas": named}}
    assert OAS30Validator(rooted).is_valid(made)
    assert made["branches"] == [] or made["branches"][0].get("branches", []) == []
    assert "note" not in made


def _refuse(what: str) -> None:
    message = f"This is {what}."
    raise ConflictError(message, code=f"IS_{what.upper()}", field="what")


def _checked(title: str) -> None:
    if not title:
        raise InvalidError("", problems=(Problem("EMPTY", "Write something.", "title"),))
    _refuse("late")


_checked.__module__ = _refuse.__module__ = "functions.probes"


def test_refusals_are_found_through_calls_with_the_texts_they_pass_on() -> None:
    """A code that is put together from an argument is found whole."""
    assert set(findings(_checked).refusals) == {
        Refusal(422, "EMPTY", "Write something.", "title"),
        Refusal(409, "IS_LATE", "This is late.", "what"),
    }


def test_a_plan_refuses_what_google_would() -> None:
    """All that is wrong at once, before anything is deployed."""

    @on_event(attempts=2)
    def on_user_onboarded_do_something_with_a_name_that_is_too_long(event: UserOnboarded) -> None:
        """Nothing."""

    @get("/{given}", roles=PUBLIC)
    def get_nothing(given: UUID) -> None:
        """Nothing."""

    known = [
        compile_entry(on_user_onboarded_do_something_with_a_name_that_is_too_long),
        compile_entry(get_nothing),
    ]
    with pytest.raises(plan.BadPlanError) as refused:
        plan.plan(known, load("dev"))
    assert str(refused.value).splitlines() == [
        f"{known[0].name} is longer than 43 characters",
        f"{known[0].name} needs 5 to 100 attempts and then a dead letter",
    ]
