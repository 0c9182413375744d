import os
import warnings

import numpy as np
import pytest

import chainjax
from chainjax import utils
from chainjax.utils import array, cache, precision


def test_force_array_and_type():
    assert utils.force_array(np.float32(2)).dtype == np.float32
    assert utils.force_array(2, np.float16).dtype == np.float16
    a = np.zeros(2, np.float32)
    assert utils.force_array(a) is a
    assert utils.force_array(a, np.float32) is a
    assert utils.force_array(a, np.float64).dtype == np.float64
    assert utils.force_type(np.dtype(np.float32), 3).dtype == np.float32
    assert utils.force_type(np.dtype(np.float32), a) is a


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 1), (2, 3), (4, 1, 1), (4, 2, 3)])
def test_sum_to_undoes_broadcasting(shape):
    x = np.arange(24.0).reshape(4, 2, 3)
    summed = utils.sum_to(x, shape)
    assert summed.shape == shape
    # The transpose of broadcasting: <sum_to(x), z> = <x, broadcast(z)>.
    z = np.random.rand(*shape)
    np.testing.assert_allclose((summed * z).sum(), (x * z).sum())


def test_sum_to_takes_no_variable():
    with pytest.raises(TypeError, match=r"functions\.sum_to"):
        utils.sum_to(chainjax.Variable(np.ones(2)), ())


def test_old_array_helpers_warn():
    with pytest.warns(DeprecationWarning, match="ravel"):
        assert array.as_vec(np.ones((2, 3))).shape == (6,)
    with pytest.warns(DeprecationWarning, match="reshape"):
        assert array.as_mat(np.ones((2, 3, 4))).shape == (2, 12)
    with pytest.warns(DeprecationWarning, match="empty_like"):
        assert array.empty_like(np.ones(2, "f")).dtype == np.float32


def test_tempdir_is_gone_after():
    with utils.tempdir(prefix="mine") as path:
        open(os.path.join(path, "file"), "w").close()
        assert os.path.basename(path).startswith("mine")
    assert not os.path.exists(path)


def test_experimental_and_nondeterministic_warn_only_where_asked_to(monkeypatch):
    with pytest.warns(FutureWarning, match="thing is experimental"):
        utils.experimental("thing")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(chainjax, "disable_experimental_feature_warning", True)
        utils.experimental("thing")
        utils.nondeterministic("thing")
    with chainjax.using_config("warn_nondeterministic", True), pytest.warns(UserWarning, match="thing is not deterministic"):
        utils.nondeterministic("thing")


def test_final_methods():
    class Base(utils.enable_final()):
        @utils.final
        def closed(self):
            pass

        @utils.final(action=DeprecationWarning)
        def closing(self):
            pass

        def open(self):
            pass

    with pytest.raises(TypeError, match=r"Wrong overrides Base\.closed"):
        type("Wrong", (Base,), {"closed": None})
    with pytest.warns(DeprecationWarning, match="closing"):
        type("Old", (Base,), {"closing": None})
    type("Right", (Base,), {"open": None})


def test_cached_property_is_computed_once_with_a_graph_and_once_without():
    class Thing:
        calls = 0

        @cache.cached_property
        def double(self):
            self.calls += 1
            return [self.calls]

    thing = Thing()
    first = thing.double
    with chainjax.no_backprop_mode():
        second = thing.double
        assert thing.double is second is not first
    assert thing.double is first
    assert thing.calls == 2
    with pytest.raises(AttributeError, match="double"):
        thing.double = 3
    assert Thing.double.__name__ == "double"


@pytest.mark.parametrize(("given", "inside", "outside"), [("ee", "ff", "ee"), ("ei", "fi", "ei"), ("ef", "ff", "ff"), ("dd", "dd", "dd")])
def test_half_precision_is_computed_in_single(given, inside, outside):
    class Node:
        @precision._fp16_mixed_precision_helper
        def forward(self, inputs):
            self.seen = "".join(x.dtype.char for x in inputs)
            return inputs

    node = Node()
    outputs = node.forward(tuple(np.zeros(2, c) for c in given))
    assert node.seen == inside
    assert "".join(y.dtype.char for y in outputs) == outside


# Sparse matrices ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (0, 3, 4)])
@pytest.mark.parametrize("ldnz", [None, 12])
def test_coo_there_and_back(shape, ldnz):
    x = np.random.rand(*shape).astype(np.float32)
    x[x < 0.5] = 0
    coo = utils.to_coo(x, ldnz, requires_grad=True)
    assert coo.shape == (3, 4)
    assert coo.order == "C"
    assert coo.data.requires_grad
    most = max([np.count_nonzero(m) for m in (x if x.ndim == 3 else x[None])], default=0)
    assert coo.data.shape == coo.row.shape == coo.col.shape == (*shape[:-2], ldnz or most)
    np.testing.assert_array_equal(coo.to_dense(), x)


def test_entries_of_one_place_add_up():
    coo = utils.CooMatrix(np.float32([1, 2, 9]), np.int32([0, 0, -1]), np.int32([1, 1, -1]), (2, 2))
    assert coo.to_dense().tolist() == [[0, 3], [0, 0]]


@pytest.mark.parametrize(
    ("row", "col", "order"),
    [([0, 0, 1], [0, 1, 0], "C"), ([0, 1, 0], [0, 0, 1], "F"), ([1, 0], [1, 0], "other"), ([0, 0], [1, 0], "other"), ([], [], "C")],
)
def test_order(row, col, order):
    assert utils.get_order(np.int32(row), np.int32(col)) == order
    assert utils.get_order(np.int32([row, row]), np.int32([col, col])) == order


def test_wrong_sparse_matrices_are_refused():
    one, i = np.ones(1), np.zeros(1, np.int32)
    for args in (
        (np.ones((1, 1, 1)), i, i, (2, 2)),
        (one, i[None], i, (2, 2)),
        (one, i, i, (2,)),
        (one, i, i, (2, 0)),
        (one, i, i, (2, 2), "A"),
    ):
        with pytest.raises(ValueError, match="CooMatrix"):
            utils.CooMatrix(*args)
    with pytest.raises(ValueError, match="invalid index combination"):
        utils.get_order(i, i - 1)
    with pytest.raises(ValueError, match="same"):
        utils.get_order(i, np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="to_coo"):
        utils.to_coo(one)


# Walker's alias method ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [[1], [5, 3, 4, 1, 2], [1, 0, 0, 7], np.arange(1, 40)])
def test_walker_alias_cells_hold_the_probabilities(weights):
    sampler = utils.WalkerAlias(weights)
    share = np.zeros(len(weights))
    np.add.at(share, sampler.values[::2], sampler.threshold)
    np.add.at(share, sampler.values[1::2], 1 - sampler.threshold)
    np.testing.assert_allclose(share / len(weights), np.asarray(weights) / np.sum(weights), atol=1e-6)


def test_walker_alias_draws_by_its_cells_on_its_device():
    np.random.seed(0)
    sampler = utils.WalkerAlias([3, 0, 1])
    drawn = sampler.sample((1000,))
    assert drawn.dtype == np.int32
    assert set(drawn.tolist()) == {0, 2}
    assert 650 < (drawn == 0).sum() < 850
    assert not sampler.use_gpu
    sampler.to_device("@jax:cpu:0")
    assert sampler.use_gpu
    assert isinstance(sampler.sample((2, 3)), chainjax.ndarray)
