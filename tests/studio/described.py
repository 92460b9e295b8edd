"""Requests made up from an OpenAPI description: such as it allows, and such as it does not."""

from __future__ import annotations

import math
import string
from typing import Any

from hypothesis import strategies as st

LONGEST = 6
"""Items of a list, where the description sets no least number."""

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400, 1e308, -1e-308, 0.5]),
        st.text(max_size=12),
        st.sampled_from(["", "nan", "-inf", "\0", "../..", "%00", "A" * 3000, "\ud7ff", "٣", "null", "{}"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
"""Whatever JSON can hold."""


def allowed(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows; `whole` is the description, for references."""
    if "$ref" in schema:
        place: Any = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        return allowed(place, whole)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return st.one_of([allowed(each, whole) for each in schema[name]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    match schema.get("type"):
        case "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            low = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else low
            return st.integers(None if low is None else math.ceil(low), None if high is None else math.floor(high))
        case "number":
            return _numbers(schema)
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 40), 60))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return _lists(schema, whole)
        case "object":
            return _objects(schema, whole)
        case _:
            return ANYTHING


def _numbers(schema: dict[str, Any]) -> st.SearchStrategy[float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    return st.floats(
        low,
        high,
        allow_nan=False,
        allow_infinity=False,
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
    )


def _lists(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*(allowed(each, whole) for each in schema["prefixItems"])).map(list)
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", LONGEST), max(LONGEST, least))
    return st.lists(allowed(schema.get("items", {}), whole), min_size=least, max_size=most)


def _objects(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    parts = {name: allowed(each, whole) for name, each in schema.get("properties", {}).items()}
    needed = {name: part for name, part in parts.items() if name in schema.get("required", [])}
    return st.fixed_dictionaries(needed, optional={name: part for name, part in parts.items() if name not in needed})


NAMES = st.text(string.printable, min_size=1, max_size=12) | st.sampled_from(["..", ".", "%2e%2e", "0", "x" * 300])
"""What stands in a path where an id should."""
