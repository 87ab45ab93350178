"""Prints a document as YAML: in the order given, nothing by reference, with its origin on top."""

from typing import Any

import yaml

_ORIGIN = "# Printed from the functions by `python -m functions write`. Do not edit.\n"


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002  # PyYAML's own
        """Write a part that appears twice twice: an anchor hides what changed."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Plain.add_representer(str, _text)


def render(document: Any) -> str:  # noqa: ANN401  # any YAML
    """Return the text of `document`."""
    body = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
    return _ORIGIN + body
