"""The JSON schemas of structured outputs: what the API does not take, and a value that fits."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_UNSUPPORTED: Final = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "maxItems",
        "uniqueItems",
    }
)
_NESTING: Final = ("items", "anyOf", "allOf", "properties", "$defs")


def find_schema_fault(schema: Schema) -> str | None:
    """Return why structured outputs would reject the schema, or None."""
    for part in _subschemas(schema):
        unsupported = sorted(_UNSUPPORTED & part.keys())
        if unsupported:
            return f"{unsupported[0]!r} is not supported"
        if part.get("type") == "object" and part.get("additionalProperties") is not False:
            return "'additionalProperties' must be explicitly set to false for type 'object'"
    return None


def fill_schema(schema: Schema, root: Schema | None = None) -> Any:
    """Return the plainest value that fits: all properties, the first choice, short texts."""
    whole = schema if root is None else root
    schema = _resolve(schema, whole)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "allOf"):
        if choice in schema:
            return fill_schema(schema[choice][0], whole)
    return _fill_type(schema, whole)


def _fill_type(schema: Schema, root: Schema) -> Any:
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        parts = schema.get("properties", {})
        return {name: fill_schema(part, root) for name, part in parts.items()}
    if kind == "array":
        return [fill_schema(schema["items"], root)] if schema.get("minItems") else []
    plain: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "null": None}
    return plain.get(kind, "simulated")


def _resolve(schema: Schema, root: Schema) -> Schema:
    """Follow an internal reference such as #/$defs/Name."""
    while "$ref" in schema:
        target: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        schema = target
    return schema


def _subschemas(schema: Schema) -> Iterator[Schema]:
    yield schema
    for key in _NESTING:
        nested = schema.get(key)
        if key in ("properties", "$defs") and isinstance(nested, Mapping):
            nested = list(nested.values())
        for part in nested if isinstance(nested, list) else [nested]:
            if isinstance(part, Mapping):
                yield from _subschemas(part)
