"""Prints each module of `_statements` as one of `_queries`: plain, typed functions."""

import importlib
import re
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.elements import ClauseElement

from shared.manifest.statements import Statement

_DIALECT: Any = asyncpg.dialect()  # type: ignore[no-untyped-call]
"""Chosen for how it prints: `$1::UUID`, each name one number. Nothing connects with it."""

_TYPE_NAMES = {"dict": "Any", "object": "object", "list": "list[Any]"}


def sources(root: Path) -> list[Path]:
    """Return every module in which statements are authored: `_statements.py`, or its package's.

    What starts with `_` in a package is what its statements are put together from.
    """
    single = [*root.glob("functions/*/_statements.py"), *root.glob("shared/_statements.py")]
    return sorted([*single, *root.glob("functions/*/_statements/[!_]*.py")])


def target(source: Path) -> Path:
    """Return the module that is printed from `source`."""
    if source.stem == "_statements":
        return source.with_name("_queries.py")
    return source.parents[1] / "_queries" / source.name


def statements(root: Path) -> dict[str, tuple[Statement, str, tuple[str, ...]]]:
    """Return every statement of the suite: `module.name` → statement, SQL text, parameters."""
    found = {}
    for source in sources(root):
        module = _module(root, source)
        for name, statement in _authored(module):
            found[f"{module.__name__}.{name}"] = (statement, *_compiled(statement.construct))
    return found


def render(root: Path, source: Path) -> str:
    """Return the text of the module printed from `source`."""
    module = _module(root, source)
    parts = [_function(name, statement) for name, statement in _authored(module)]
    body = "\n\n\n".join(part for group in parts for part in group)
    names = set(re.findall(r"(?:: |\[|\(|-> )(UUID|date|datetime|Any|NamedTuple)\b", body))
    dates = sorted(names & {"date", "datetime"})
    typing_names = sorted(names & {"Any", "NamedTuple"})
    imports = [
        f"from datetime import {', '.join(dates)}" if dates else "",
        f"from typing import {', '.join(typing_names)}" if typing_names else "",
        "from uuid import UUID" if "UUID" in names else "",
    ]
    standard = "\n".join(line for line in imports if line)
    name = source.name if source.stem == "_statements" else f"_statements/{source.name}"
    head = f'"""Printed from {name} by `python -m functions write`. Do not edit."""'
    return (
        "\n\n".join(
            part for part in (head, standard, "from shared.db import Connection\n", body) if part
        )
        + "\n"
    )


def _module(root: Path, source: Path) -> ModuleType:
    return importlib.import_module(".".join(source.relative_to(root).with_suffix("").parts))


def _authored(module: ModuleType) -> list[tuple[str, Statement]]:
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Statement)]


def _compiled(construct: ClauseElement) -> tuple[str, tuple[str, ...]]:
    compiled: Any = construct.compile(dialect=_DIALECT)
    lines = [line.rstrip() for line in textwrap.dedent(str(compiled)).strip().splitlines()]
    return "\n".join(line for line in lines if line), tuple(compiled.positiontup or ())


def _type_name(kind: Any, *, optional: bool) -> str:  # noqa: ANN401  # SQLAlchemy's TypeEngine
    item = getattr(kind, "item_type", None)
    try:
        name = f"list[{_type_name(item, optional=False)}]" if item else kind.python_type.__name__
    except NotImplementedError:
        name = "object"
    name = _TYPE_NAMES.get(name, name)
    return f"{name} | None" if optional and name not in {"Any", "object"} else name


def _columns(construct: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # any Core construct
    return [
        (column.name, _type_name(column.type, optional=_nullable(column)))
        for column in construct.exported_columns
    ]


def _nullable(column: Any) -> bool:  # noqa: ANN401  # a Core column or label
    source = getattr(column, "element", column)
    return bool(getattr(source, "nullable", False))


def _function(name: str, statement: Statement) -> list[str]:
    text, order = _compiled(statement.construct)
    kinds = {
        bind.key: bind.type
        for bind in statement.construct.compile(dialect=_DIALECT).bind_names  # type: ignore[attr-defined]
    }
    parameters = [
        f"{key}: {_type_name(kinds[key], optional=key in statement.optional)}" for key in order
    ]
    signature = ", ".join(["db: Connection", *(["*", *parameters] if parameters else [])])
    arguments = "".join(f", {key}" for key in order)
    constant = f"_{name.upper()}"
    printed = [f'{constant} = """\n{text}\n"""']
    columns = (
        _columns(statement.construct) if statement.kind in {"one", "maybe", "rows", "value"} else []
    )
    row = "".join(part.capitalize() for part in name.split("_")) + "Row"
    if statement.kind in {"one", "maybe", "rows"}:
        fields = "\n".join(f"    {field}: {kind}" for field, kind in columns)
        printed.append(f'class {row}(NamedTuple):\n    """What `{name}` returns."""\n\n{fields}')
    if statement.kind == "value":
        kind = columns[0][1].removesuffix(" | None") if columns else "object"
        returns = kind if kind in {"Any", "object"} else f"{kind} | None"
        call = f"result: {returns} = db.value({constant}{arguments})\n    return result"
    elif statement.kind == "done":
        returns, call = "int", f"return db.done({constant}{arguments})"
    else:
        returns = {"one": row, "maybe": f"{row} | None", "rows": f"list[{row}]"}[statement.kind]
        call = f"return db.{statement.kind}({row}, {constant}{arguments})"
    summary = statement.summary.replace('"""', "'''")
    printed.append(f'def {name}({signature}) -> {returns}:\n    """{summary}"""\n    {call}')
    return printed
