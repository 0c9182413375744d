"""Objects through a file in memory, and packages without the rest."""

import collections
import os
import pickle

import numpy as np
import pytest

from chainjax.iterators import _worker

Point = collections.namedtuple("Point", "x y")


@pytest.fixture(params=["by name", "by value"])
def through(request):
    """Sends objects through a box."""
    box = _worker.Box()

    def send(*objects):
        writer = _worker.Writer(box, by_value=request.param == "by value")
        for obj in objects:
            writer.add(obj)
        there = _worker.Box(os.dup(box.file))
        found = _worker.read(there, pickle.loads(pickle.dumps(writer.finish())), len(objects))
        there.close()
        return found

    yield send
    box.close()


BIG = np.arange(3000.0).reshape(3, 1000)
ARRAYS = {
    "small": np.arange(3),
    "large": BIG,
    "fortran": np.asfortranarray(BIG),
    "strided": BIG[::2, ::3],
    "read-only": np.broadcast_to(np.float32(7), (200, 5)),
    "scalar": np.array(3.5),
    "empty": np.zeros((0, 1000)),
    "half": BIG.astype(np.float16),
    "big endian": BIG.astype(">f8"),
    "records": np.zeros(300, [("a", "i4"), ("b", "f8")]),
    "dates": np.full(300, "2020-02-02", "datetime64[D]"),
    "strings": np.full(300, "text"),
    "objects": np.array([None, "text", [1, 2]] * 100, object),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_arrive_as_they_were_and_belong_to_the_receiver(through, array):
    (found,) = through(array)
    assert (found.dtype, found.shape, type(found)) == (array.dtype, array.shape, np.ndarray)
    np.testing.assert_array_equal(found, array)
    assert found.flags.owndata
    assert found.flags.writeable


def test_other_objects_arrive_whatever_is_around_their_arrays(through):
    objects = [(BIG, 1, [BIG + 1]), {"x": BIG, "y": {"z": [None, "text"]}}, Point(BIG, 2), BIG[0].view(np.recarray), bytearray(5000), 3]
    found = through(*objects)
    assert [type(obj) for obj in found] == [type(obj) for obj in objects]
    np.testing.assert_array_equal(found[0][2][0], BIG + 1)
    np.testing.assert_array_equal(found[1]["x"], BIG)
    np.testing.assert_array_equal(found[3], BIG[0])
    assert (found[0][1], found[1]["y"], found[2].y, found[4], found[5]) == (1, objects[1]["y"], 2, objects[4], 3)


def test_one_array_in_two_places_is_one_array_there_too(through):
    ((a, b),) = through((BIG, BIG))
    assert a is b


def test_more_arrays_than_the_system_takes_in_one_call(through):
    arrays = [np.full(100, i) for i in range(2500)]
    for found, array in zip(through(*arrays), arrays, strict=True):
        np.testing.assert_array_equal(found, array)


def test_a_buffer_that_is_used_again_is_read_in_time():
    box, buffer = _worker.Box(), np.zeros(1000)
    writer = _worker.Writer(box)
    for i in range(3):
        buffer[...] = i
        writer.add((buffer, i))
    assert [(set(a), i) for a, i in _worker.read(box, writer.finish(), 3)] == [({0}, 0), ({1}, 1), ({2}, 2)]
    box.close()


def test_what_cannot_be_imported_is_taken_apart_and_nothing_is_left_of_the_first_try(through):
    class Local:
        def __init__(self, i):
            self.before, self.function, self.after = BIG + i, lambda: i, BIG - i

    for i, found in enumerate(through(*map(Local, range(3)))):
        assert type(found) is Local
        assert found.function() == i
        np.testing.assert_array_equal(found.before + found.after, 2 * BIG)
        assert found.function.__code__.co_filename == __file__


def test_what_cannot_be_pickled_at_all_leaves_nothing(through):
    box = _worker.Box()
    writer = _worker.Writer(box)
    writer.add([BIG])
    with pytest.raises(TypeError, match="cannot pickle"):
        writer.add([BIG, (i for i in "abc")])
    writer.add([BIG + 1])
    (a,), (b,) = _worker.read(box, writer.finish(), 2)
    np.testing.assert_array_equal(a + 1, b)
    box.close()


def test_a_box_may_be_used_again(through):
    through(np.zeros(10**5))
    (found,) = through("short")
    assert found == "short"


def test_systems_without_files_in_memory(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    box = _worker.Box()
    writer = _worker.Writer(box)
    writer.add(BIG)
    np.testing.assert_array_equal(_worker.read(box, writer.finish(), 1)[0], BIG)
    box.close()


class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


@pytest.mark.parametrize(("exc", "kind", "text"), [(KeyError("key"), KeyError, "'key'"), (Odd(1, 2), RuntimeError, "Odd: 1 and 2")])
def test_exceptions_are_made_again_or_told(exc, kind, text):
    data, traceback = pickle.loads(_worker.failure(exc))
    found = pickle.loads(data)
    assert (type(found), str(found)) == (kind, text)
    assert type(exc).__name__ in traceback
