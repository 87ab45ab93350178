"""The floor: the smallest function that functions-framework can serve."""

import flask
import functions_framework


@functions_framework.http
def hello(_: flask.Request) -> str:
    """Answer."""
    return "Hello, world"
