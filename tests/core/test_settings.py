from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest

from ganforge.core.errors import SettingError
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part, from_json, to_json, with_value


@dataclass(frozen=True)
class Engine:
    power: float
    fuel: Literal["wood", "sun"] = "sun"


@dataclass(frozen=True)
class Car:
    name: str
    engine: Engine
    sizes: tuple[int, ...] = ()
    radio: Part = field(default_factory=lambda: Part("none"))
    owner: str | None = None
    roof: Part | None = None
    clock: Schedule = field(default_factory=lambda: Schedule(1.0, end=0.0))


CAR = Car("beetle", Engine(34.0), (1, 2, 3), Part("loud", {"bass": 2}))


def test_settings_survive_the_way_through_json() -> None:
    assert from_json(Car, json.loads(json.dumps(to_json(CAR)))) == CAR


def test_defaults_are_written_whether_they_were_read_or_not() -> None:
    assert to_json(from_json(Engine, {"power": 1.0})) == {"power": 1.0, "fuel": "sun"}


def test_a_set_has_one_order() -> None:
    assert to_json({"sizes": frozenset({"c", "a", "b"})}) == {"sizes": ["a", "b", "c"]}


def test_a_whole_number_is_a_float_where_one_is_meant() -> None:
    power = from_json(Engine, {"power": 0}).power
    assert isinstance(power, float)  # Adam, for one, refuses betas that mix int and float


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"power": "much"}, r"\$\.power"),
        ({"power": 1, "fuel": "coal"}, r"\$\.fuel"),
        ({}, "power"),
        ([], "Engine"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(data: Any, place: str) -> None:
    with pytest.raises(SettingError, match=place):
        from_json(Engine, data)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", "bug", Car("bug", CAR.engine, CAR.sizes, CAR.radio)),
        ("engine.power", "5e1", Car("beetle", Engine(50.0), CAR.sizes, CAR.radio)),
        ("engine.power", 7, Car("beetle", Engine(7.0), CAR.sizes, CAR.radio)),
        ("engine.fuel", "wood", Car("beetle", Engine(34.0, "wood"), CAR.sizes, CAR.radio)),
        ("sizes.1", "9", Car("beetle", CAR.engine, (1, 9, 3), CAR.radio)),
        ("sizes", "[4]", Car("beetle", CAR.engine, (4,), CAR.radio)),
        (
            "radio.settings.treble",
            "1.5",
            Car("beetle", CAR.engine, CAR.sizes, Part("loud", {"bass": 2, "treble": 1.5})),
        ),
        ("owner", "null", CAR),
        ("radio", "quiet", Car("beetle", CAR.engine, CAR.sizes, Part("quiet"))),
        ("owner", "none", replace(CAR, owner="none")),
        ("roof", "hard", replace(CAR, roof=Part("hard"))),
        ("roof", "none", CAR),
        ("clock", "3", replace(CAR, clock=constant(3.0))),
    ],
)
def test_one_value_is_replaced_by_its_path(path: str, value: Any, expected: Car) -> None:
    assert with_value(CAR, path, value) == expected
    assert CAR.engine.power == 34.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("engin.power", "1", "there is no 'engin' here. There is: name, engine"),
        ("engine.weight", "1", "there is no 'weight' here. There is: power, fuel"),
        ("engine.power", "much", "engine.power"),
        ("engine.fuel", "coal", "engine.fuel.*There are: wood, sun"),
        ("name.first", "x", "nothing lies below 'first'"),
        ("sizes.3", "1", "'3' is no place in a list of 3"),
        ("sizes.first", "1", "'first' is no place in a list of 3"),
        ("", "1", "there is no ''"),
    ],
)
def test_a_wrong_path_or_value_is_told(path: str, value: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        with_value(CAR, path, value)


def test_a_part_builds_its_member() -> None:
    assert Part("steam", {"power": 3, "fuel": "wood"}).build(Engine) == Engine(3.0, "wood")


def test_a_part_refuses_settings_that_its_member_does_not_know() -> None:
    with pytest.raises(SettingError, match="'steam' has no setting 'powr'. It has: power, fuel"):
        Part("steam", {"powr": 3}).build(Engine)
    with pytest.raises(SettingError, match="'steam'"):
        Part("steam", {"power": "much"}).build(Engine)
