"""What is written of each row, by a record's plan: the text before each value, and how the value is written.

The texts hold the names of the record's fields as msgspec writes them, so the Structs stay the only definition of a
response's shape.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from nexshift._pages import (
    CHILD_STEP,
    LOOKUP_STEP,
    NOTHING_STEP,
    OBJECT_OR_NULL_STEP,
    PERCENTAGE_STEP,
    SCORE_STEP,
    Layout,
)
from nexshift.plan import Made, Plan

Step = tuple[bytes, int, int, int]
"""What stands before the value, how it is written, its column, and a second number; as `Layout` takes them."""

_PERCENTAGES = 4  # availability, performance, quality, overall


def make_layout(plan: Plan, *, children: int = 0, score: type[Struct] | None = None) -> Layout:
    """The Layout of a record; of what is given to it, the first are its children and the last is its score.

    ValueError when the score stands before a child that it is made of.
    """
    maker = _Maker(children, score)
    maker.add_object(plan)
    maker.add(NOTHING_STEP)
    return Layout(plan.width, maker.steps)


class _Maker:
    def __init__(self, children: int, score: type[Struct] | None) -> None:
        self.steps: list[Step] = []
        self._children = children
        self._score = score
        self._written = 0  # children so far
        self._text = b""  # what stands before the next value

    def add(self, kind: int, column: int = 0, other: int = -1) -> None:
        self.steps.append((self._text, kind, column, other))
        self._text = b""

    def add_object(self, plan: Plan) -> None:
        for number, field in enumerate(plan.fields):
            self._begin(number, field.name)
            match field.kind:
                case Made.GIVEN if field.at < self._children:
                    self.add(CHILD_STEP, 0, field.at)
                    self._written += 1
                case Made.GIVEN:
                    self._add_score(plan)
                case Made.LOOKUP:
                    self.add(LOOKUP_STEP, field.other, field.at)
                case Made.NESTED if field.nested:
                    self.add_object(field.nested)
                case Made.NESTED_OR_NONE if field.nested:
                    self._add_optional(field.at, field.nested)
                case stored:
                    self.add(stored, field.at, field.other)
        self._text += b"}"

    def _begin(self, number: int, name: str) -> None:
        self._text += (b"," if number else b"{") + msgspec.json.encode(name) + b":"

    def _add_optional(self, column: int, plan: Plan) -> None:
        at = len(self.steps)
        self.add(OBJECT_OR_NULL_STEP, column)
        self.add_object(plan)
        self.add(NOTHING_STEP)
        self.steps[at] = (*self.steps[at][:3], len(self.steps) - at - 1)

    def _add_score(self, plan: Plan) -> None:
        if self._score is None or self._written < self._children:
            raise ValueError(f"{plan.record.__name__}: a score comes after the children that it is made of")
        names = [field.encode_name for field in fields(self._score)]
        if len(names) != _PERCENTAGES:
            raise ValueError(f"{self._score.__name__} must have {_PERCENTAGES} percentages, not {len(names)}")
        self.add(SCORE_STEP)
        for number, name in enumerate(names):
            self._begin(number, name)
            self.add(PERCENTAGE_STEP, 0, number)
        self._text += b"}"
