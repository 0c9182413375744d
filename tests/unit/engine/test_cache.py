"""The bounded dictionary."""

import pytest

from chainjax.engine._cache import Bounded


def test_what_is_used_stays_and_what_is_not_goes():
    cache = Bounded(most=8)
    cache.put("used", 0)
    for n in range(100):
        cache.put(n, n)
        assert cache.get("used") == 0
        assert len(cache) <= 9
    assert cache.get(99) == 99
    assert cache.get(0) is None


@pytest.mark.parametrize("size", [1, 7, 30])
def test_bytes_are_bounded(size):
    cache = Bounded(most_bytes=100)
    for n in range(50):
        cache.put(n, n, size)
        assert cache.bytes <= 100
    assert cache.get(49) == 49
    assert cache.bytes == sum(size for n in range(50) if n in cache.young or n in cache._old)


def test_put_again_replaces():
    cache = Bounded(most=4)
    for n in range(3):
        cache.put("a", n, 10)
        cache.put(f"b{n}", n, 10)
    assert cache.get("a") == 2
    cache.clear()
    assert (len(cache), cache.bytes, cache.get("a")) == (0, 0, None)


def test_moving_from_old_to_young_keeps_the_size():
    cache = Bounded(most=4)
    cache.put("a", 1, 10)
    cache.put("b", 1, 10)
    cache.put("c", 1, 10)  # a and b are old now
    assert cache.get("a") == 1
    assert cache.bytes == 10 * len(cache)
