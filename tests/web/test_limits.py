"""Counting requests in fixed windows of a minute, with bounded memory."""

from nexshift.config import BAD_KEY_LIMIT, MAX_TRACKED_ADDRESSES
from nexshift.web.counts import LocalCounts
from nexshift.web.limits import Allowance, BadKeyLimits, KeyLimits
from tests.web.plant import StillClock


def test_a_key_has_its_limit_in_each_minute() -> None:
    clock = StillClock()
    limits = KeyLimits(2, clock, LocalCounts())
    assert limits.spend(1, None) == Allowance(2, 1, 40, False)
    assert limits.spend(1, None) == Allowance(2, 0, 40, False)
    assert limits.spend(1, None) == Allowance(2, 0, 40, True)
    clock.now += 39.5
    assert limits.spend(1, None) == Allowance(2, 0, 1, True)
    clock.now += 0.5
    assert limits.spend(1, None) == Allowance(2, 1, 60, False)


def test_keys_are_counted_apart_and_may_have_limits_of_their_own() -> None:
    limits = KeyLimits(1, StillClock(), LocalCounts())
    assert not limits.spend(1, None).is_exceeded
    assert limits.spend(2, 3) == Allowance(3, 2, 40, False)
    assert limits.spend(1, None).is_exceeded


def test_an_address_may_send_a_hundred_bad_keys_a_minute() -> None:
    clock = StillClock()
    limits = BadKeyLimits(clock)
    assert [limits.count("10.0.0.1") for _ in range(BAD_KEY_LIMIT)] == [None] * BAD_KEY_LIMIT
    assert limits.count("10.0.0.1") == 40
    assert limits.count("10.0.0.2") is None
    clock.now += 40
    assert limits.count("10.0.0.1") is None


def test_addresses_of_one_ipv6_network_are_counted_together() -> None:
    limits = BadKeyLimits(StillClock())
    for number in range(BAD_KEY_LIMIT):
        limits.count(f"2001:db8:1:2::{number:x}")
    assert limits.count("2001:db8:1:2:ffff::1") == 40
    assert limits.count("2001:db8:1:3::1") is None


def test_an_ipv4_address_is_the_same_in_its_ipv6_form() -> None:
    limits = BadKeyLimits(StillClock())
    for _ in range(BAD_KEY_LIMIT):
        limits.count("::ffff:10.0.0.1")
    assert limits.count("10.0.0.1") == 40
    assert limits.count("::ffff:10.0.0.2") is None


def test_the_longest_unseen_address_is_forgotten_first() -> None:
    limits = BadKeyLimits(StillClock())
    for _ in range(BAD_KEY_LIMIT):
        limits.count("kept")
        limits.count("forgotten")
    for number in range(MAX_TRACKED_ADDRESSES - 1):
        limits.count(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
        if number == 0:
            assert limits.count("kept") == 40
    assert limits.count("kept") == 40
    assert limits.count("forgotten") is None
    assert len(limits._counts) == MAX_TRACKED_ADDRESSES
