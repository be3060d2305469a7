"""Keys take turns: none waits for more than one turn of every other, places and the line have bounds, what left never
comes."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nexshift.web.turns import Turns

KEYS = range(4)


def test_keys_take_turns_however_much_one_of_them_asks() -> None:
    turns: Turns[str] = Turns(places=1, share=1, most=100)
    for key, entry in ((1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")):
        assert turns.add(key, entry) is None
    order = []
    while (entry := turns.take()) is not None:
        order.append(entry)
        turns.leave({"a": 1, "b": 2, "c": 3}[entry[0]])
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_key_that_takes_all_it_may_leaves_a_place_to_others() -> None:
    turns: Turns[str] = Turns(places=3, share=2, most=100)
    for number in range(5):
        turns.add(1, f"a{number}")
    assert [turns.take(), turns.take(), turns.take()] == ["a0", "a1", None]
    turns.add(2, "b0")
    assert turns.take() == "b0"


def test_what_is_too_much_is_taken_from_whoever_has_most_waiting() -> None:
    turns: Turns[str] = Turns(places=1, share=1, most=3)
    for number in range(3):
        turns.add(1, f"a{number}")
    assert turns.add(1, "a3") == "a3", "its own latest"
    assert turns.add(2, "b0") == "a2", "room for another key"
    assert turns.add(3, "c0") == "a1"
    assert turns.add(4, "d0") == "d0", "nobody has more than one"
    assert turns.waiting == 3


def test_a_key_that_may_not_is_passed_over_and_keeps_its_place_in_line() -> None:
    turns: Turns[str] = Turns(places=2, share=1, most=9)
    turns.add(1, "a0")
    turns.add(2, "b0")
    assert turns.take(lambda key: key != 1) == "b0"
    assert turns.take(lambda key: key != 1) is None
    assert turns.take() == "a0"


class Model(RuleBasedStateMachine):
    """Against lists that say who came when, and how often others were preferred to a key that could have been next."""

    @initialize(places=st.integers(1, 4), share=st.integers(1, 4), most=st.integers(1, 8))
    def begin(self, places: int, share: int, most: int) -> None:
        self.places, self.share, self.most = places, share, most
        self.turns: Turns[int] = Turns(places=places, share=share, most=most)
        self.lines: dict[int, list[int]] = {key: [] for key in KEYS}
        self.taken: Counter[int] = Counter()
        self.passed_over: Counter[int] = Counter()
        self.next = 0

    @rule(key=st.sampled_from(KEYS))
    def add(self, key: int) -> None:
        self.next += 1
        before = sum(map(len, self.lines.values()))
        self.lines[key].append(self.next)
        refused = self.turns.add(key, self.next)
        assert (refused is None) == (before < self.most)
        if refused is not None:
            longest = max(map(len, self.lines.values()))
            (loser,) = [each for each, line in self.lines.items() if refused in line]
            assert len(self.lines[loser]) == longest
            assert self.lines[loser].pop() == refused, "the latest of its key"

    @rule(barred=st.sets(st.sampled_from(KEYS), max_size=2))
    def take(self, barred: set[int]) -> None:
        ready = [key for key, line in self.lines.items() if line and self.taken[key] < self.share and key not in barred]
        entry = self.turns.take(lambda key: key not in barred)
        if not ready or self.taken.total() == self.places:
            assert entry is None
            return
        (key,) = [each for each in ready if entry in self.lines[each]]
        assert self.lines[key].pop(0) == entry, "the first of its key"
        self.taken[key] += 1
        self.passed_over[key] = 0
        for other in ready:
            if other != key:
                self.passed_over[other] += 1
                assert self.passed_over[other] < len(KEYS), "each other key may go before it once"

    @precondition(lambda self: self.taken.total())
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from([key for key, number in self.taken.items() if number]))
        self.turns.leave(key)
        self.taken[key] -= 1

    @rule(key=st.sampled_from(KEYS), data=st.data())
    def drop(self, key: int, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from([*self.lines[key], -1]))
        assert self.turns.drop(key, entry) == (entry in self.lines[key])
        if entry in self.lines[key]:
            self.lines[key].remove(entry)
        if not self.lines[key]:
            self.passed_over[key] = 0

    @invariant()
    def nothing_is_lost_and_nothing_is_too_much(self) -> None:
        if not hasattr(self, "turns"):
            return
        assert self.turns.waiting == sum(map(len, self.lines.values())) <= self.most
        assert self.taken.total() <= self.places
        assert max(self.taken.values(), default=0) <= self.share


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=200, stateful_step_count=40)
