"""Rows into records, by position: which columns fill which fields, and what is refused."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from nexshift._rows import Reader, find_missing, group
from nexshift.plan import Made
from nexshift.reader import make_reader
from nexshift.records import Instant, Minutes, Quantity, Reference, Stored


class Person(Struct, frozen=True, gc=False):
    """A nested record without an instant."""

    id: str
    full_name: str


class Item(Struct, frozen=True, gc=False):
    """A field of every kind."""

    id: str
    started_at: Instant | None
    ended_at: Instant | None
    length: Minutes | None
    done: bool
    amount: Quantity | None
    site: Reference
    machine: Reference | None
    person: Person | None
    parts: list[str]


COLUMNS = [
    "_key",
    "id",
    "started_at",
    "done",
    "amount",
    "ended_at",
    "site.id",
    "site.name",
    "machine.id",
    "machine.name",
    "_person",
]
ANA = Person("p", "Ana Novak")
ROW = (7, "i", 0, 1, 2.0, 90, "s", "Brisbane", "m", "Auto 3", 3)
EMPTY = (8, "j", None, 0, None, None, "s", "Brisbane", None, None, None)


@pytest.fixture
def reader() -> Reader[Item]:
    return make_reader(Item, COLUMNS, lookups=["person"], given=["parts"])


class TestReading:
    def test_every_kind_of_field_is_made(self, reader: Reader[Item]) -> None:
        made = reader.read([ROW, EMPTY], ({3: ANA},), ([["a"], []],))
        site, machine = Reference("s", "Brisbane"), Reference("m", "Auto 3")
        assert made == [
            Item("i", "1970-01-01T00:00:00Z", "1970-01-01T00:01:30Z", 1.5, True, 2, site, machine, ANA, ["a"]),
            Item("j", None, None, None, False, None, site, None, None, []),
        ]
        assert [type(each) for each in (made[0].done, made[0].amount, made[1].done)] == [bool, int, bool]
        assert made[0].person is ANA

    def test_no_rows_make_no_records(self, reader: Reader[Item]) -> None:
        assert reader.read([], ({},), ([],)) == []

    def test_columns_may_stand_in_any_order(self) -> None:
        reader = make_reader(Reference, ["name", "_x", "id"])
        assert reader.read([("Brisbane", None, "s")]) == [Reference("s", "Brisbane")]

    def test_a_given_list_stays_the_object_it_was(self, reader: Reader[Item]) -> None:
        parts = ["a"]
        assert reader.read([ROW], ({3: ANA},), ([parts],))[0].parts is parts

    def test_a_nested_record_is_null_only_where_its_type_allows_it(self) -> None:
        class Outer(Struct, frozen=True, gc=False):
            """One that must be there, one that need not."""

            must: Reference
            may: Reference | None

        reader = make_reader(Outer, ["must.id", "must.name", "may.id", "may.name"])
        (made,) = reader.read([(None, None, None, None)])
        assert made.must is not None  # so strict decoding sees the mistake
        assert made.may is None

    def test_a_stored_kind_is_found_inside_an_optional(self) -> None:
        class Timed(Struct, frozen=True, gc=False):
            """The annotation stands around the union, or inside."""

            a: Annotated[str | None, Meta(extra={"stored": Stored.INSTANT})]
            b: Instant | None

        assert make_reader(Timed, ["a", "b"]).read([(0, 0)])[0] == Timed("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z")


class TestRefusals:
    @pytest.mark.parametrize("row", [ROW[:-1], (*ROW, 1), ()])
    def test_a_row_of_another_width(self, reader: Reader[Item], row: tuple[Any, ...]) -> None:
        with pytest.raises(ValueError, match=f"a row has {len(row)} columns, not 11"):
            reader.read([ROW, row], ({3: ANA},), ([[], []],))

    def test_a_row_that_is_no_tuple(self, reader: Reader[Item]) -> None:
        with pytest.raises(TypeError):
            reader.read([list(ROW)], ({3: ANA},), ([[]],))  # type: ignore[list-item]

    def test_rows_that_are_no_list(self, reader: Reader[Item]) -> None:
        for rows in (None, (ROW,), iter([ROW])):
            with pytest.raises(TypeError):
                reader.read(rows, ({3: ANA},), ([[]],))  # type: ignore[arg-type]

    def test_too_few_lookups_or_given_lists(self, reader: Reader[Item]) -> None:
        for lookups, given in [((), ([[]],)), (({3: ANA},), ())]:
            with pytest.raises(ValueError, match="Item needs 1 look-ups and 1 given lists"):
                reader.read([ROW], lookups, given)

    def test_a_given_list_of_another_length(self, reader: Reader[Item]) -> None:
        for parts in ([], [[], []]):
            with pytest.raises(ValueError, match=f"{len(parts)} values were given for 1 rows"):
                reader.read([ROW], ({3: ANA},), (parts,))

    def test_a_key_that_the_lookup_lacks(self, reader: Reader[Item]) -> None:
        with pytest.raises(KeyError, match="3"):
            reader.read([ROW], ({4: ANA},), ([[]],))

    def test_a_text_where_a_number_is_stored(self, reader: Reader[Item]) -> None:
        with pytest.raises(TypeError):
            reader.read([(*ROW[:2], "2026", *ROW[3:])], ({3: ANA},), ([[]],))

    def test_a_column_that_does_not_exist(self) -> None:
        for step in [(0, 2, None), (0, -1, None)]:
            with pytest.raises(ValueError, match="Reference has no column"):
                Reader(Reference, 2, [step])

    def test_a_nested_record_of_rows_of_another_width(self) -> None:
        inner = make_reader(Reference, ["id", "name", "_x"])
        with pytest.raises(ValueError, match="Item is read from 2 columns, a record in it from 3"):
            Reader(Item, 2, [(Made.NESTED, 0, inner)])

    def test_more_fields_than_there_is_room_for(self) -> None:
        with pytest.raises(ValueError, match="Reference has more than 32 fields"):
            Reader(Reference, 40, [(0, at, None) for at in range(33)])


class TestMatching:
    def refusal(self, columns: list[str], lookups: tuple[str, ...] = (), given: tuple[str, ...] = ()) -> str:
        with pytest.raises(ValueError) as caught:
            make_reader(Item, columns, lookups=lookups, given=given)
        return str(caught.value)

    def test_what_is_left_over_or_comes_twice_is_named(self) -> None:
        parts = (("person",), ("parts",))
        for at, name in enumerate(COLUMNS[1:-1], start=1):
            rest = COLUMNS[:at] + COLUMNS[at + 1 :]
            assert name.split(".")[0] in self.refusal(rest, *parts)
            assert "comes twice" in self.refusal([*COLUMNS, name], *parts)
        assert self.refusal([*COLUMNS, "colour"], *parts) == "Item has no field for: colour"
        assert self.refusal([*COLUMNS, "site.colour"], *parts) == "Item has no field for: site.colour"
        assert self.refusal(COLUMNS, ("person",)) == "Item: no column fills parts"
        assert self.refusal(COLUMNS, (), ("parts",)) == "Item: no column fills person"
        assert self.refusal(COLUMNS, ("person", "owner"), ("parts",)) == "Item has no field for: owner"
        assert self.refusal(COLUMNS, ("person",), ("parts", "pieces")) == "Item has no field for: pieces"
        assert self.refusal(COLUMNS[:-1], *parts) == "Item: no column _person to look person up by"

    def test_a_length_needs_the_start_and_the_end_that_it_lies_between(self) -> None:
        class Pause(Struct, frozen=True, gc=False):
            """A length without its ends."""

            length: Minutes | None

        for columns in (["started_at"], ["ended_at"], ["length"], []):
            with pytest.raises(
                ValueError, match="length is the time from started_at to ended_at, which are no columns"
            ):
                make_reader(Pause, columns)

    def test_a_column_and_a_given_list_cannot_fill_one_field(self) -> None:
        assert "comes twice" in self.refusal([*COLUMNS, "parts"], ("person",), ("parts",))


class TestMissingKeys:
    def test_unknown_keys_are_found_once_and_null_is_none(self) -> None:
        rows = [(1, "a"), (2, "b"), (None, "c"), (1, "d"), (3, "e")]
        assert find_missing(rows, 0, {2: "known"}) == {1, 3}

    def test_a_column_that_a_row_lacks_is_refused(self) -> None:
        with pytest.raises(ValueError, match="a row has 1 columns, so none is 1"):
            find_missing([(1, 2), (3,)], 1, {})


class TestGrouping:
    KEYS = [5, 3, 9]  # noqa: RUF012

    def test_children_stand_in_the_order_of_their_parents(self) -> None:
        children = [(5, "a"), (5, "b"), (9, "c")]
        assert group(self.KEYS, children, ["A", "B", "C"]) == [["A", "B"], [], ["C"]]  # type: ignore[list-item]

    def test_no_children_are_empty_lists(self) -> None:
        assert group(self.KEYS, [], []) == [[], [], []]
        assert group([], [], []) == []

    def test_each_list_is_its_own(self) -> None:
        first, second, _ = group(self.KEYS, [], [])
        assert first is not second

    @pytest.mark.parametrize("keys", [[3, 5], [5, 9, 5], [4], [5, 3, 3, 9, 5]])
    def test_a_child_out_of_the_order_of_its_parents_is_refused(self, keys: list[int]) -> None:
        children = [(key, "x") for key in keys]
        with pytest.raises(ValueError, match="does not come in the order of its parents"):
            group(self.KEYS, children, keys)  # type: ignore[arg-type]

    def test_another_number_of_records_than_rows_is_refused(self) -> None:
        with pytest.raises(ValueError, match="1 records were made of 2 rows"):
            group(self.KEYS, [(5,), (5,)], ["A"])  # type: ignore[list-item]


class TestMemory:
    """Fields are counted by hand in the compiled reader: nothing may be kept, nothing freed too early."""

    def test_shared_objects_keep_their_count(self, reader: Reader[Item]) -> None:
        name, parts, amount = "Brisbane " * 3, ["a"], 0.15
        row = (7, name, 0, 1, amount, 90, name, name, None, None, 3)
        shared: list[Any] = [name, parts, amount, ANA, row, None, True]
        lookups, given = ({3: ANA},), ([parts] * 100,)
        before = [sys.getrefcount(each) for each in shared]
        for _ in range(500):
            assert len(reader.read([row] * 100, lookups, given)) == 100
        after = [sys.getrefcount(each) for each in shared]
        assert after[:5] == before[:5]
        # 50,000 records each held one of these: a leak would show, the interpreter's own few do not.
        assert all(abs(x - y) < 1_000 for x, y in zip(before[5:], after[5:], strict=True))

    def test_a_refused_row_frees_the_fields_made_before_it(self, reader: Reader[Item]) -> None:
        name = "Brisbane " * 3
        row = (7, name, 0, 1, 0.15, 90, name, name, None, None, 99)
        before = sys.getrefcount(name)
        for _ in range(500):
            with pytest.raises(KeyError):
                reader.read([row], ({3: ANA},), ([[]],))
        gc.collect()
        assert sys.getrefcount(name) == before

    def test_many_readings_take_no_more_memory_than_one(self, reader: Reader[Item]) -> None:
        rows = [ROW, EMPTY] * 200
        parts: list[Any] = [[]] * 400

        def read_often(times: int) -> None:
            for _ in range(times):
                reader.read(rows, ({3: ANA},), (parts,))
                group([1, 2], [(1,), (2,)], ["a", "b"])  # type: ignore[list-item]

        read_often(5)
        tracemalloc.start()
        read_often(5)
        first, _ = tracemalloc.get_traced_memory()
        read_often(200)
        last, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert last - first < 10_000  # one reading's records alone are some 100,000 bytes
