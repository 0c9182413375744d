"""The host boundary: what ``.array`` hands out is real, stays true, and costs nothing once nobody holds it."""

import copy
import mmap
import sys
import types

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax import links as L
from chainjax.backends import _cell
from chainjax.backends._cell import Cell, is_held
from chainjax.engine import Value

SIZES = [4, _cell.LARGE]  # small ones are copied by NumPy, large ones handed to XLA


def parameter(n=4, value=1.0):
    return chainjax.Parameter(np.full(n, value, np.float32))


def linked(*params):
    link = chainjax.Link()
    with link.init_scope():
        for i, p in enumerate(params):
            setattr(link, f"p{i}", p)
    return link


def descend(link, steps=1, lr=0.5):
    """Each parameter loses ``lr`` times itself per step."""
    optimizer = chainjax.optimizers.SGD(lr).setup(link)
    for _ in range(steps):
        loss = sum([F.sum(p * p) * 0.5 for p in link.params()][1:], F.sum(next(link.params()) ** 2) * 0.5)
        link.cleargrads()
        loss.backward()
        del loss
        optimizer.update()
    return optimizer


# What is handed out -----------------------------------------------------------------------------------------------------------


def test_the_array_is_the_callers_own():
    a = np.ones(3, np.float32)
    x = chainjax.Variable(a)
    assert x.array is a
    assert x.data is a
    assert chainjax.Parameter(a).array is a
    x.grad = g = np.ones(3, np.float32)
    assert x.grad is g
    x.array = b = np.zeros(3, np.float32)
    assert x.array is b


@pytest.mark.parametrize(
    "get",
    [
        lambda: (chainjax.Variable(np.ones(3, np.float32)) + 1).array,
        lambda: L.Linear(3, 2).W.array,
        lambda: L.BatchNormalization(3).avg_mean,
        lambda: _gradient(),
        lambda: _state(),
    ],
    ids=["result", "parameter", "persistent", "gradient", "state"],
)
def test_arrays_are_numpys_and_writable(get):
    a = get()
    assert type(a) is np.ndarray
    assert a.flags.writeable
    assert a.flags.owndata or type(a.base) is np.ndarray
    a[...] = 7
    assert (a == 7).all()


def _gradient():
    x = chainjax.Variable(np.ones(3, np.float32))
    F.sum(x * x).backward()
    return x.grad


def _state():
    link = linked(parameter())
    optimizer = chainjax.optimizers.MomentumSGD(0.1).setup(link)
    F.sum(link.p0 * 2).backward()
    optimizer.update()
    return link.p0.update_rule.state["v"]


def test_reading_twice_gives_the_same_object():
    y = chainjax.Variable(np.ones(3, np.float32)) + 1
    a = y.array
    assert y.array is a
    F.sum(y).backward()
    y.array[0] = 5
    assert a[0] == 5
    assert y.array is a


# Held arrays ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_every_use_of_what_somebody_holds_is_a_fresh_snapshot(n):
    x = parameter(n)
    a = x.array
    results = []
    for i in range(3):
        a[:] = i
        results.append(x * 2)
    a[:] = -1
    for i, y in enumerate(results):
        assert (y.array == 2 * i).all()


HANDLES = {
    "array": lambda a: a,
    "view": lambda a: a[1:][::2],
    "flat view": lambda a: a.reshape(2, -1),
    "memoryview": memoryview,
    "buffer": lambda a: np.frombuffer(a, np.float32),
    "iterator": lambda a: a.flat,
}


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("handle", HANDLES)
def test_every_update_is_written_into_the_array_that_is_held(handle, n):
    link = linked(parameter(n))
    kept = HANDLES[handle](link.p0.array)
    for _ in range(2):
        engine.flush()
        descend(link)
    assert (np.asarray(kept) == 0.25).all()
    assert (link.p0.array == 0.25).all()
    if handle == "array":
        assert kept is link.p0.array


def test_the_array_of_a_link_is_the_same_object_after_updates():
    link = L.Linear(3, 2)
    w = link.W.array
    before = w.copy()
    optimizer = chainjax.optimizers.Adam().setup(link)
    for _ in range(4):
        link.cleargrads()
        F.sum(link(np.ones((2, 3), np.float32)) ** 2).backward()
        optimizer.update()
        assert w is link.W.array
    assert not np.array_equal(w, before)
    np.testing.assert_array_equal(w, np.asarray((link.W * 1).array))


@pytest.mark.parametrize("n", SIZES)
def test_once_nobody_holds_it_one_last_snapshot_is_taken(n):
    link = linked(parameter(n))
    link.p0.array[0] = 3  # nobody holds it after this line
    y = link.p0 * 2
    assert link.p0._contents.content.__class__ is Value
    assert y.array[0] == 6
    first = link.p0._contents.content
    _ = link.p0 * 3
    assert link.p0._contents.content is first  # and no other


def test_a_write_through_an_array_that_was_let_go_and_taken_again_counts():
    x = parameter()
    for i in range(4):
        x.array[0] = i
        assert F.sum(x).array == 3 + i


def test_peeking_is_not_handing_out():
    link = linked(parameter())
    descend(link)
    content = link.p0._contents.content
    assert content.__class__ is Value
    assert (link.p0._peek() == 0.5).all()
    repr(link.p0)
    assert link.p0._contents.content is content


def test_shared_arrays_share_a_cell():
    p, q = parameter(), parameter()
    p.array = q.array
    assert p._contents is q._contents
    descend(linked(q))
    assert (p.array == 0.5).all()
    p.array[0] = 9
    assert q.array[0] == 9
    assert F.sum(q).array == 9 + 1.5


def test_copies_that_share_do_so_even_if_no_array_was_ever_made():
    link = linked(chainjax.Parameter(1.0, (4,)))
    F.sum(link.p0)
    shared = link.copy("share")
    descend(link)
    assert (shared.p0._peek() == 0.5).all()
    assert shared.p0.array is link.p0.array
    own = copy.deepcopy(link)
    descend(link)
    assert (own.p0.array == 0.5).all()
    assert (shared.p0.array == 0.25).all()


def test_two_variables_of_one_array_see_each_others_writes():
    a = np.ones(3, np.float32)
    x, y = chainjax.Variable(a), chainjax.Variable(a)
    x.array[0] = 5
    assert F.sum(y).array == 7
    del a
    assert F.sum(x).array == 7
    y.array[1] = 3
    assert F.sum(x).array == 9


# Memory that belongs to others ------------------------------------------------------------------------------------------------


def test_views_memory_maps_and_buffers_are_held_for_ever(tmp_path):
    mapped = np.memmap(tmp_path / "numbers", np.float32, "w+", shape=(4,))
    anonymous = np.frombuffer(mmap.mmap(-1, 16), np.float32)
    raw = bytearray(16)
    base = np.zeros((2, 4), np.float32)
    for make in (lambda: mapped, lambda: anonymous, lambda: np.frombuffer(raw, np.float32), lambda: base[0]):
        cell = Cell(make())
        assert is_held(cell)
        cell.use()
        assert cell.content.__class__ is not Value


def test_updates_go_into_a_memory_map(tmp_path):
    file = tmp_path / "weights"
    np.ones(4, np.float32).tofile(file)
    link = linked(chainjax.Parameter(np.memmap(file, np.float32, "r+", shape=(4,))))
    descend(link, 2)
    link.p0.array.flush()
    assert (np.fromfile(file, np.float32) == 0.25).all()


def test_the_only_view_of_an_array_that_owns_its_memory_can_be_taken_over(tmp_path):
    np.savez(tmp_path / "file.npz", W=np.ones((2, 3), np.float32))
    with np.load(tmp_path / "file.npz") as f:
        loaded = Cell(f["W"])
    for cell in (loaded, Cell(np.arange(6, dtype=np.float32).reshape(2, 3))):
        assert not is_held(cell)
        cell.use()
        assert cell.content.__class__ is Value
    base = np.arange(6, dtype=np.float32)
    assert is_held(Cell(base.reshape(2, 3)))


def test_whoever_still_has_the_base_sees_updates():
    base = np.ones(6, np.float32)
    link = linked(chainjax.Parameter(base[1:5]))
    descend(link)
    assert base.tolist() == [1, 0.5, 0.5, 0.5, 0.5, 1]
    base[2] = 8
    assert F.sum(link.p0).array == 9.5


# Counting ---------------------------------------------------------------------------------------------------------------------


def test_thresholds_are_measured():
    """With and without one more holder the counts differ by one, however this Python counts."""
    cell = Cell(np.ones(1))
    assert _cell._references(cell) == _cell._UNHELD
    holder = cell.content
    assert _cell._references(cell) == _cell._UNHELD + 1
    assert is_held(cell)
    del holder
    assert not is_held(cell)


def _generator(a):
    yield
    yield a


@pytest.mark.parametrize(
    "holder_of",
    [
        lambda a: [a],
        lambda a: lambda: a,
        lambda a: {"a": a},
        lambda a: types.SimpleNamespace(a=a),
        _generator,
        lambda a: a[1:],
        lambda a: a[1:][:1].T,
        memoryview,
    ],
)
def test_any_kind_of_holder_counts(holder_of):
    x = parameter()
    holder = holder_of(x.array)
    assert is_held(x._contents)
    del holder
    assert not is_held(x._contents)


def test_where_counts_are_not_exact_everything_handed_out_is_held(monkeypatch):
    monkeypatch.setattr(engine, "COUNTS", False)
    link = linked(parameter())
    assert is_held(link.p0._contents)
    descend(link, 2)
    assert (link.p0.array == 0.25).all()


def test_the_table_of_host_arrays_is_swept(monkeypatch):
    monkeypatch.setattr(_cell, "_SWEEP_AT", [len(_cell._cell_of_host) + 50])
    for _ in range(500):
        chainjax.Variable(np.ones(1, np.float32))
    assert len(_cell._cell_of_host) < _cell._SWEEP_AT[0] + 50
    assert sys.getsizeof(_cell._cell_of_host) < 1 << 20


# What goes in and comes out of functions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.reshape(x, (3, 2)),
        F.transpose,
        F.identity,
        lambda x: x[:1],
        lambda x: F.split_axis(x, 2, 0)[0],
        lambda x: F.broadcast_to(x, (2, 3)),
        lambda x: F.squeeze(x),
        lambda x: F.cast(x, np.float32),
        lambda x: F.dropout(x, 0.0),
    ],
)
def test_outputs_share_no_memory_with_inputs(function):
    x = chainjax.Variable(np.ones((2, 3), np.float32))
    y = function(x)
    if y is x:  # what Chainer gives back too
        return
    assert not np.shares_memory(y.array, x.array)
    y.array[...] = 5
    assert (x.array == 1).all()


def test_gradients_share_no_memory_with_each_other():
    a, b = chainjax.Variable(np.ones(3, np.float32)), chainjax.Variable(np.ones(3, np.float32))
    y = a + b
    y.grad = np.ones(3, np.float32)
    y.backward()
    assert not np.shares_memory(a.grad, b.grad)
    assert not np.shares_memory(a.grad, y.grad if y.grad is not None else b.grad)
    a.grad[...] = 5
    assert (b.grad == 1).all()


class Mine(chainjax.FunctionNode):
    buffer = np.zeros(3, np.float32)

    def __init__(self, how):
        self.how = how

    def forward(self, inputs):
        (x,) = inputs
        self.seen = x
        if self.how == "writes":
            x += 1
            return (x.copy(),)
        if self.how == "returns":
            return (x,)
        np.copyto(self.buffer, x)
        return (self.buffer,)


def test_users_functions_get_the_array_itself_and_may_write_into_it():
    x = chainjax.Variable(np.ones(3, np.float32))
    f = Mine("writes")
    f.apply((x,))
    assert f.seen is x.array
    assert x.array.tolist() == [2, 2, 2]
    assert F.sum(x).array == 6


def test_users_functions_may_return_their_input_or_a_buffer_that_they_use_again():
    x = chainjax.Variable(np.ones(3, np.float32))
    (y,) = Mine("returns").apply((x,))
    assert y.array is x.array
    first = Mine("buffers").apply((x,))[0]
    doubled = first * 2
    second = Mine("buffers").apply((x * 10,))[0]
    assert doubled.array.tolist() == [2, 2, 2]  # recorded before the buffer was used again
    assert first.array is second.array is Mine.buffer


def test_raw_running_statistics_are_changed_by_the_call_at_once():
    mean, var = np.zeros(3, np.float32), np.ones(3, np.float32)
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    F.batch_normalization(x, np.ones(3, np.float32), np.zeros(3, np.float32), running_mean=mean, running_var=var, decay=0.0)
    np.testing.assert_allclose(mean, x.mean(0), 1e-5)


def test_links_own_statistics_are_values_and_wait():
    link = L.BatchNormalization(3)
    link(np.arange(12, dtype=np.float32).reshape(4, 3))
    engine.flush()
    engine.reset_statistics()
    link(np.arange(12, dtype=np.float32).reshape(4, 3))
    assert engine.statistics()["flushes"] == 0
    held = link.avg_mean
    link(np.arange(12, dtype=np.float32).reshape(4, 3))
    assert held is link.avg_mean


def test_jax_gives_the_array_of_jax_and_keeps_it():
    link = linked(parameter())
    descend(link)
    kept = link.p0.jax
    descend(link, 3)
    assert np.asarray(kept).tolist() == [0.5] * 4
    assert not kept.is_deleted()


def test_a_numpy_view_of_the_array_of_jax_outlives_updates():
    """It refers to the buffer itself, where no count shows it."""
    link = linked(parameter(_cell.LARGE))
    descend(link)
    view = np.asarray(link.p0.jax)
    descend(link, 3)
    assert (view == 0.5).all()
    assert (link.p0._peek() == 0.0625).all()
