"""Schemas of structured outputs: what is refused, and what is filled in."""

from typing import Any

import pytest

from taste.simulator.answers import fit
from taste.simulator.schema import fill_schema, find_schema_fault

TEXT = {"type": "string"}


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"const": 3}, 3, id="const"),
        pytest.param({"anyOf": [{"type": "null"}, TEXT]}, None, id="any-of"),
        pytest.param({"type": "array", "items": TEXT}, [], id="array"),
        pytest.param({"type": "array", "items": TEXT, "minItems": 1}, ["simulated"], id="one"),
        pytest.param({"type": ["boolean", "null"]}, False, id="types"),
        pytest.param(closed(a=closed(b=TEXT)), {"a": {"b": "simulated"}}, id="nested"),
    ],
)
def test_the_plainest_value_is_filled_in(schema: dict[str, Any], value: object) -> None:
    assert find_schema_fault(schema) is None
    assert fill_schema(schema) == value


@pytest.mark.parametrize(
    "schema",
    [
        closed(a={"type": "string", "maxLength": 3}),
        closed(a={"anyOf": [{"type": "object", "properties": {}}]}),
        {**closed(), "$defs": {"N": {"type": "integer", "minimum": 0}}},
    ],
)
def test_an_unsupported_schema_is_told_anywhere_in_it(schema: dict[str, Any]) -> None:
    assert find_schema_fault(schema) is not None


def test_answers_follow_the_order_of_the_schema_and_hold_nothing_else() -> None:
    schema = closed(reasoning=TEXT, verdict=TEXT, extra=TEXT)
    given = {"verdict": "tie", "reasoning": "so", "other": 1}
    assert fit(given, schema) == '{"reasoning":"so","verdict":"tie","extra":"simulated"}'
