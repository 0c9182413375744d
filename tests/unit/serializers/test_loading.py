"""Loading: all or nothing, in place where somebody looks, and as Chainer's semantics want it."""

import contextlib
import io
import pathlib
import unittest.mock

import h5py
import numpy as np
import pytest

import chainjax
from chainjax import links as L
from chainjax import serializers as S
from chainjax.engine import Value

FORMATS = {"npz": (S.save_npz, S.load_npz), "h5": (S.save_hdf5, S.load_hdf5)}


@pytest.fixture(params=FORMATS)
def suffix(request):
    return request.param


@pytest.fixture
def save(suffix):
    return FORMATS[suffix][0]


@pytest.fixture
def load(suffix):
    return FORMATS[suffix][1]


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "the file")


def model(lazy=True):
    net = chainjax.Chain(a=L.Linear(3, 2), b=L.BatchNormalization(2))
    if lazy:
        net.add_link("z", L.Linear(None, 2))
    net.add_persistent("count", 5)
    net.add_persistent("table", np.arange(4.0))
    return net


def trained(lazy=False):
    net = model(lazy)
    optimizer = chainjax.optimizers.Adam().setup(net)
    for _ in range(2):
        for param in net.params(include_uninit=False):
            param.grad = np.random.rand(*param.shape).astype(np.float32)
        optimizer.update()
    return net, optimizer


def bits(obj):
    """All that can be saved of an object, as bytes; uninitialised parameters too."""
    return {key: (a.shape, a.dtype, a.tobytes()) if a.dtype != object else None for key, a in S.npz.serialize(obj).items()}


def objects(net):
    """The objects that a net is made of, which a failed load must not exchange."""
    return [id(x) for link in net.links() for x in (link, *[link.__dict__[name] for name in sorted(link._params)])]


def damaged(save, suffix, file, obj, change):
    """Save, then ``change`` the arrays in the file by key."""
    save(file, obj)
    if suffix == "npz":
        with np.load(file, allow_pickle=True) as old:
            arrays = {key: old[key] for key in old.files}
        change(arrays)
        with open(file, "wb") as stream:
            np.savez(stream, **arrays)
        return
    with h5py.File(file, "r+") as h5:
        keys = []
        h5.visititems(lambda key, item: keys.append(key) if isinstance(item, h5py.Dataset) else None)
        before = {key: h5[key][()] for key in keys}
        after = dict(before)
        change(after)
        for key in before:
            if after.get(key) is not before[key]:
                del h5[key]
                if key in after:
                    h5[key] = after[key]


CHANGES = {
    "missing": (lambda d: d.pop("z/b"), KeyError, ["z/b"]),
    "shape": (lambda d: d.update({"b/gamma": np.zeros(7, "f")}), ValueError, ["b/gamma", "(2,)", "(7,)"]),
    "one for all": (lambda d: d.update({"b/gamma": np.zeros(1, "f")}), TypeError, ["b/gamma", "(2,)", "(1,)"]),
    "dtype": (lambda d: d.update({"b/gamma": np.zeros(2, np.complex64)}), TypeError, ["b/gamma", "float32", "complex64"]),
    "scalar": (lambda d: d.update({"b/N": np.float64(1.5)}), TypeError, ["b/N", "int", "float64"]),
}


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_failed_load_changes_nothing(change, held, save, load, suffix, file):
    change, error, words = CHANGES[change]
    source = model()
    source.z.W.initialize((2, 4))
    source.count, source.table[...] = 6, 9
    damaged(save, suffix, file, source, change)
    net, _ = trained(lazy=True)
    before, parts = bits(net), objects(net)
    kept = [param.array for param in net.params()] if held else None
    with pytest.raises(error) as caught:
        load(file, net)
    for word in [*words, "the file"]:
        assert word in str(caught.value)
    assert bits(net) == before
    assert objects(net) == parts
    assert not net.z.W.is_initialized
    assert net.count == 5
    if held:
        assert all(a is param.array for a, param in zip(kept, net.params(), strict=True))


def test_a_failed_load_of_an_optimizer_changes_nothing(save, load, suffix, file):
    _, source = trained()
    source.new_epoch()
    source.t = 77
    for key, wrong in (("b/gamma/v", None), ("b/gamma/m", np.zeros(3, "f")), ("b/beta/t", np.zeros(2, complex))):
        damaged(save, suffix, file, source, lambda d, key=key, wrong=wrong: d.pop(key) if wrong is None else d.update({key: wrong}))
        _, optimizer = trained()
        fresh = chainjax.optimizers.Adam().setup(model(lazy=False))
        for target in (optimizer, fresh):
            before, hyper = bits(target), target.hyperparam.get_dict()
            with pytest.raises((KeyError, ValueError), match=key) as caught:
                load(file, target)
            assert "the file" in str(caught.value)
            assert bits(target) == before
            assert (target.t, target.epoch, target.hyperparam.get_dict()) == (before["t"][2][0], 0, hyper)
        assert all(param.update_rule.state is None for param in fresh.target.params())


def test_loading_writes_into_arrays_that_are_held(save, load, file):
    source, net = model(), model()
    source.b.avg_mean[...] = 3
    save(file, source)
    w, mean, table = net.a.W.array, net.b.avg_mean, net.table
    load(file, net)
    assert w is net.a.W.array
    assert mean is net.b.avg_mean
    assert table is net.table
    np.testing.assert_array_equal(w, source.a.W.array)
    np.testing.assert_array_equal(mean, [3, 3])


def test_loading_computes_nothing_and_makes_no_host_arrays(save, load, file):
    source, _ = trained()
    save(file, source)
    net, _ = trained()
    net.a.W.grad = np.ones((2, 3), np.float32)
    y = net.a.W * 2
    assert y._contents.array is None  # recorded
    load(file, net)
    assert y._contents.array is None
    assert net.a.W._contents.content.__class__ is Value
    save(io.BytesIO(), net)
    assert net.a.W._contents.content.__class__ is Value
    np.testing.assert_array_equal(net.a.W.array, source.a.W.array)
    assert not np.array_equal(y.array, 2 * source.a.W.array)  # what was recorded had the old numbers


def test_training_goes_on_from_what_was_loaded(save, load, file):
    net, optimizer = trained()
    save(file, net)
    save(file + " state", optimizer)
    other = model(lazy=False)
    continued = chainjax.optimizers.Adam().setup(other)
    load(file, other)
    load(file + " state", continued)
    for each in (optimizer, continued):
        for param in each.target.params(include_uninit=False):
            param.grad = np.ones(param.shape, np.float32)
        each.update()
    assert bits(net) == bits(other)
    assert bits(optimizer) == bits(continued)


class Counting(chainjax.Chain):
    """A chain with a way of its own, in which order does not matter."""

    def __init__(self):
        super().__init__(a=L.Linear(3, 2))
        self.calls, self.log, self.mask, self.best = 0, [], np.zeros(2), 0.0

    def serialize(self, serializer):
        self.calls += 1
        self.best = serializer("best", self.best)
        if isinstance(serializer, chainjax.Deserializer):
            self.log.append(self.best)
            self.mask[...] = serializer("mask", None)
        else:
            serializer("mask", self.mask)
        super().serialize(serializer)
        self.derived = self.a.W.array.sum()
        serializer("last", 1)


def test_a_chain_s_own_serialize_runs_once_and_is_taken_back(save, load, suffix, file):
    source, net = Counting(), Counting()
    source.best, source.mask[...] = 0.5, 1
    save(file, source)
    load(file, net)
    assert (net.calls, net.best, net.log, net.mask.tolist(), net.derived) == (1, 0.5, [0.5], [1, 1], source.a.W.array.sum())

    damaged(save, suffix, file, source, lambda d: d.pop("last"))
    net, log = Counting(), []
    net.log, before = log, bits(net.a)
    held = net.a.b.array
    with pytest.raises(KeyError, match="last"):
        load(file, net)
    assert (net.calls, net.best, net.log, net.mask.tolist(), hasattr(net, "derived")) == (0, 0, [], [0, 0], False)
    assert net.log is log
    assert net.a.b.array is held
    assert bits(net.a) == before


def test_what_is_inside_other_objects_is_taken_back_too(save, load, suffix, file):
    class Trainer:
        def __init__(self):
            self.net, self.optimizer = trained()

        def serialize(self, serializer):
            self.net.serialize(serializer["model"])
            self.optimizer.serialize(serializer["optimizer"])
            serializer("end", 0)

    damaged(save, suffix, file, Trainer(), lambda d: d.pop("end"))
    trainer = Trainer()
    before = bits(trainer.net), bits(trainer.optimizer)
    with pytest.raises(KeyError, match="end"):
        load(file, trainer)
    assert (bits(trainer.net), bits(trainer.optimizer)) == before


def test_an_interrupt_is_taken_back(save, load, file):
    source, net = model(), model()
    save(file, source)
    before = bits(net)
    net.b.serialize = unittest.mock.Mock(side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        load(file, net)
    del net.b.serialize
    assert bits(net) == before


def test_other_objects_are_asked_once_even_if_it_fails(save, load, file):
    save(file, {"x": 1})
    for effect in (None, ZeroDivisionError):
        obj = unittest.mock.MagicMock()
        obj.serialize.side_effect = effect
        with contextlib.suppress(ZeroDivisionError):
            load(file, obj)
        assert obj.serialize.call_count == 1


def test_uninitialised_parameters_become_what_the_file_says(save, load, file):
    source, net = model(), model()
    source.z.W.initialize((2, 6))
    save(file, source)
    load(file, net)
    assert net.z.W.shape == (2, 6)
    np.testing.assert_array_equal(net.z.W.array, source.z.W.array)
    net.z.cleargrads()
    save(file, model())
    load(file, net)  # an uninitialised one leaves an initialised one alone, as in Chainer
    assert net.z.W.shape == (2, 6)


def test_numbers_are_cast_within_their_kind(save, load, file):
    save(file, {"W": np.ones((2, 3)), "b": np.arange(2)})
    link = L.Linear(3, 2)
    load(file, link)
    assert link.W.dtype == link.b.dtype == np.float32
    np.testing.assert_array_equal(link.b.array, [0, 1])


def test_state_of_half_precision_parameters_stays_wide(save, load, file):
    def made():
        with chainjax.using_config("dtype", np.dtype(np.float16)):
            link = L.Linear(3, 2)
        optimizer = chainjax.optimizers.Adam().setup(link)
        optimizer.use_fp32_update()
        return link, optimizer

    link, optimizer = made()
    for param in link.params():
        param.grad = np.full(param.shape, 1e-3, np.float16)
    optimizer.update()
    save(file, optimizer)
    _, other = made()
    load(file, other)
    assert bits(other) == bits(optimizer)
    assert other.target.W.update_rule.state["v"].dtype == np.float32


def test_files_of_chainer_1_have_no_counts_of_their_own_for_parameters(save, load, suffix, file):
    _, source = trained()
    damaged(save, suffix, file, source, lambda d: [d.pop(key) for key in list(d) if key.endswith("/t")])
    optimizer = chainjax.optimizers.Adam().setup(model(lazy=False))
    load(file, optimizer)
    assert {param.update_rule.t for param in optimizer.target.params()} == {2}
    damaged(save, suffix, file, source, lambda d: d.pop("a/W/t"))
    with pytest.raises(KeyError, match="a/W/t"):
        load(file, optimizer)


def test_not_strict_keeps_what_is_missing(save, suffix, file):
    source, net = model(), model()
    source.count = 9
    save(file, {key: a for key, a in S.npz.serialize(source).items() if not key.startswith("b/") and key != "a/b" and a.dtype != object})
    before = bits(net)
    if suffix == "npz":
        S.load_npz(file, net, strict=False)
    else:
        with h5py.File(file, "r") as h5:
            S.HDF5Deserializer(h5, strict=False).load(net)
    assert net.count == 9
    np.testing.assert_array_equal(net.a.W.array, source.a.W.array)
    assert all(bits(net)[key] == before[key] for key in before if key.startswith("b/") or key == "a/b")


def test_nested_groups_that_are_missing(file):
    S.save_hdf5(file, {"x": 1})
    with h5py.File(file, "r+") as h5:
        assert S.HDF5Deserializer(h5, strict=False)["no"]["nothing"]("y", 5) == 5
        with pytest.raises(ValueError, match="no/nothing/y") as caught:
            S.HDF5Deserializer(h5)["no"]["nothing"]("y", 5)
        assert isinstance(caught.value, KeyError)
        assert list(h5) == ["x"]  # looking makes no groups


def test_parts_of_a_file(file):
    source, net = model(), L.Linear(3, 2)
    S.save_npz(file, source)
    S.load_npz(file, net, path="a/")
    np.testing.assert_array_equal(net.W.array, source.a.W.array)
    other = L.Linear(3, 2)
    b = other.b.array.copy()
    S.load_npz(file, other, "a/", ignore_names=["a/b", lambda key: key == "other"])
    np.testing.assert_array_equal(other.W.array, source.a.W.array)
    np.testing.assert_array_equal(other.b.array, b)
    with pytest.raises(ValueError, match="ignore_names"):
        S.load_npz(file, other, "a/", ignore_names=5)


def test_a_user_s_deserializer_gets_the_very_arrays(file):
    class Renaming(S.NpzDeserializer):
        def __call__(self, key, value):
            assert value is net.W.array or value is net.b.array
            return super().__call__({"W": "V", "b": "c"}[key], value)

    S.save_npz(file, {"V": np.ones((2, 3)), "c": np.zeros(2)})
    net = L.Linear(3, 2)
    with np.load(file) as npz:
        Renaming(npz).load(net)
    assert (net.W.array == 1).all()


def test_a_mapping_is_read_like_a_file():
    source, net = L.Linear(3, 2), L.Linear(3, 2)
    S.NpzDeserializer(S.npz.serialize(source)).load(net)
    np.testing.assert_array_equal(net.W.array, source.W.array)
    with pytest.raises(KeyError, match="dict"):
        S.NpzDeserializer({}).load(net)


def test_read_only_arrays_are_an_error_that_changes_nothing(save, load, file):
    save(file, model())
    net = model()
    array = net.b.gamma.array
    array.flags.writeable = False
    before = bits(net)
    with pytest.raises(ValueError, match="read-only"):
        load(file, net)
    assert bits(net) == before


@pytest.mark.parametrize("damage", ["nothing", "garbage", "cut", "flipped"])
def test_damaged_files_are_told_from_good_ones(damage, save, load, suffix, file):
    source = model()
    if suffix == "npz":
        save(file, source, compression=False)
    else:
        save(file, source, compression=None)
    good = pathlib.Path(file).read_bytes()
    place = good.index(source.a.W.array.tobytes())
    bad = {
        "nothing": b"",
        "garbage": b"PK or not, this is no such file" * 9,
        "cut": good[: len(good) // 2],
        "flipped": good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :],
    }[damage]
    pathlib.Path(file).write_bytes(bad)
    net = model()
    before = bits(net)
    if damage == "flipped" and suffix == "h5":
        return  # uncompressed HDF5 has no checksums
    with pytest.raises(OSError, match="the file"):
        load(file, net)
    assert bits(net) == before


def test_every_byte_matters_in_a_compressed_file(save, load, file):
    np.random.seed(0)
    source = L.Linear(30, 20)
    save(file, source)
    good = pathlib.Path(file).read_bytes()
    for place in np.random.randint(0, len(good), 60):
        pathlib.Path(file).write_bytes(good[:place] + bytes([good[place] ^ 85]) + good[place + 1 :])
        net = L.Linear(30, 20)
        before = bits(net)
        try:
            load(file, net)
        except (OSError, KeyError, ValueError):
            assert bits(net) == before
        else:
            assert save is S.save_hdf5 or bits(net) == bits(source)


def test_files_that_are_not_there(load, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(str(tmp_path / "nowhere"), model())
