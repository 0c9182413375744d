"""Objects through a file in memory, and packages without the rest."""

import collections
import os
import pickle

import numpy as np
import pytest

from chainjax.iterators import _worker

Point = collections.namedtuple("Point", "x y")


@pytest.fixture
def file():
    file = _worker.new_file()
    yield file
    os.close(file)


def through(file, *objects):
    writer = _worker.Writer(file)
    for obj in objects:
        writer.add(obj)
    return _worker.read(file, pickle.loads(pickle.dumps(writer.finish())), len(objects))


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
def test_arrays_arrive_as_they_were_and_belong_to_the_receiver(file, array):
    (found,) = through(file, array)
    assert (found.dtype, found.shape, type(found)) == (array.dtype, array.shape, np.ndarray)
    np.testing.assert_array_equal(found, array)
    assert found.flags.owndata
    assert found.flags.writeable


def test_other_objects_arrive_whatever_is_around_their_arrays(file):
    objects = [(BIG, 1, [BIG + 1]), {"x": BIG, "y": {"z": [None, "text"]}}, Point(BIG, 2), BIG[0].view(np.recarray), bytearray(5000), 3]
    found = through(file, *objects)
    assert [type(obj) for obj in found] == [type(obj) for obj in objects]
    np.testing.assert_array_equal(found[0][2][0], BIG + 1)
    np.testing.assert_array_equal(found[1]["x"], BIG)
    np.testing.assert_array_equal(found[3], BIG[0])
    assert (found[0][1], found[1]["y"], found[2].y, found[4], found[5]) == (1, objects[1]["y"], 2, objects[4], 3)


def test_one_array_in_two_places_is_one_array_there_too(file):
    ((a, b),) = through(file, (BIG, BIG))
    assert a is b


def test_more_arrays_than_the_system_takes_in_one_call(file):
    arrays = [np.full(100, i) for i in range(2500)]
    for found, array in zip(through(file, *arrays), arrays, strict=True):
        np.testing.assert_array_equal(found, array)


def test_reading_and_writing_in_pieces(file, monkeypatch):
    def at_most_1000_bytes(call):
        def limited(file, parts, offset):
            return call(file, [parts[0][:1000]], offset)

        return limited

    monkeypatch.setattr(os, "pwritev", at_most_1000_bytes(os.pwritev))
    monkeypatch.setattr(os, "preadv", at_most_1000_bytes(os.preadv))
    ((a, b),) = through(file, (BIG, BIG + 1))
    np.testing.assert_array_equal(a, BIG)
    np.testing.assert_array_equal(b, BIG + 1)


def test_a_buffer_that_is_used_again_is_read_in_time(file):
    buffer, writer = np.zeros(1000), _worker.Writer(file)
    for i in range(3):
        buffer[...] = i
        writer.add((buffer, i))
    assert [(set(a), i) for a, i in _worker.read(file, writer.finish(), 3)] == [({0}, 0), ({1}, 1), ({2}, 2)]


def test_a_file_may_be_used_again(file):
    through(file, np.zeros(10**5))
    (found,) = through(file, "short")
    assert found == "short"


def test_systems_without_files_in_memory(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    file = _worker.new_file()
    (found,) = through(file, BIG)
    os.close(file)
    np.testing.assert_array_equal(found, BIG)


class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


@pytest.mark.parametrize(("exc", "kind", "text"), [(KeyError("key"), KeyError, "'key'"), (Odd(1, 2), RuntimeError, "Odd: 1 and 2")])
def test_exceptions_are_made_again_or_told(exc, kind, text):
    data, traceback = pickle.loads(_worker.failure(exc))
    found = pickle.loads(data)
    assert (type(found), str(found)) == (kind, text)
    assert type(exc).__name__ in traceback
