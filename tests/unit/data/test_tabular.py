"""Tables where Chainer's own tests do not look."""

import itertools
import pickle
import traceback

import numpy as np
import pytest

import chainjax
from chainjax.dataset import TabularDataset, tabular

SLICES = [slice(*ends, step) for step in (1, 2, -1, -2, -3) for ends in itertools.product((None, 0, 1, 4, -1, 9, -9), repeat=2)]


class Grid(TabularDataset):
    """Column c, row r: 10 c + r, as lists; notes what it is asked for."""

    mode = tuple

    def __init__(self, columns="abc", n=5):
        self._names, self._n, self.asked = tuple(columns), n, []

    def __len__(self):
        return self._n

    @property
    def keys(self):
        return self._names

    def get_examples(self, indices, key_indices):
        self.asked.append((indices, key_indices))
        rows = list(range(self._n))
        rows = rows if indices is None else rows[indices] if isinstance(indices, slice) else [rows[i] for i in indices]
        columns = range(len(self.keys)) if key_indices is None else key_indices
        return tuple([[10 * c + r for r in rows] for c in columns])


@pytest.mark.parametrize("ask", [lambda t: len(t), lambda t: t.keys, lambda t: t.mode, lambda t: t.get_examples(None, None)])
def test_what_subclasses_must_define(ask):
    with pytest.raises(NotImplementedError, match=r"^TabularDataset must"):
        ask(TabularDataset())


@pytest.mark.parametrize("outer", [None, slice(1, None, 2), slice(None, None, -1), slice(7, 7), slice(-9, None, -1), [4, 0, 0, 2]])
def test_slices_of_slices_are_those_of_lists(outer):
    grid = Grid()
    view = Grid("a") if outer is None else grid.slice[outer, ("c", 0)]
    plain = list(range(5)) if outer is None else list(range(5))[outer] if isinstance(outer, slice) else outer
    for inner in SLICES:
        assert list(view.slice[inner].fetch()[-1]) == plain[inner], inner
    assert [view[i][-1] for i in range(len(plain))] == plain
    if plain:
        assert view[-1][-1] == plain[-1]


@pytest.mark.parametrize("lengths", [(5,), (2, 3), (1, 0, 4), (0, 2, 0, 3)])
def test_concatenated_tables_are_read_like_one(lengths):
    parts = [Grid("ab", n) for n in lengths]
    whole = parts[0].concat(*parts[1:])
    plain = [r for n in lengths for r in range(n)]
    assert whole.fetch() == (plain, [10 + r for r in plain])
    for chosen in SLICES:
        assert whole.get_examples(chosen, (1,)) == ([10 + r for r in plain[chosen]],), chosen
    for chosen in ([3, 1, 4, 0, 0], [-1, 2], []):
        assert whole.get_examples(chosen, None)[0] == [plain[i] for i in chosen]
    with pytest.raises(IndexError):
        whole[5]
    with pytest.raises(ValueError, match="expected columns"):
        whole.concat(Grid("ba"))


def test_only_what_is_wanted_is_read():
    left, right = Grid("ab"), Grid("cd")
    view = left.join(right).slice[[3, 1], ("d", "a", "d")].slice[::-1, ("d", "d")]
    assert view.fetch() == ([11, 13], [11, 13])
    assert (left.asked, right.asked) == ([], [([1, 3], (1,))])
    with pytest.raises(ValueError, match="expected columns of different names"):
        left.join(right, Grid("a"))
    with pytest.raises(ValueError, match="expected 5 rows in all datasets, got 4"):
        left.join(Grid("x", 4))


def test_the_mode_of_a_view():
    grid = Grid()
    assert [grid.slice[:, k].mode for k in ("a", 0, ("a",), ())] == [None, None, tuple, tuple]
    assert grid.asdict().slice[1:3, ("b",)].fetch() == {"b": [11, 12]}
    assert grid.slice[:, "c"][2] == 22
    assert list(grid.slice[:2, "c"]) == [20, 21]
    assert grid.asdict().astuple()[0] == (0, 10, 20)
    assert tabular.from_data([1]).join(Grid("a", 1).asdict()).mode is dict


@pytest.mark.parametrize(
    ("choose", "error", "message"),
    [
        (lambda s: s[3], TypeError, r"expected a slice, integers or booleans for rows, got 3; dataset\[3\] is one example"),
        (lambda s: s[[5]], IndexError, "index 5 is out of range for 5 rows"),
        (lambda s: s[[True]], ValueError, "a boolean for each of 5 rows, got 1"),
        (lambda s: s[:, "z"], KeyError, "expected a column of"),
        (lambda s: s[:, (0, -4)], IndexError, "index -4 is out of range for 3 columns"),
    ],
)
def test_rows_and_columns_that_are_not_there(choose, error, message):
    with pytest.raises(error, match=message):
        choose(Grid().slice)


def test_a_transform_says_its_mode_once():
    view = Grid("a").transform(("x", "y"), lambda a: {"y": -a, "x": a} if a < 3 else (a, a))
    assert (view.mode, view.keys, view[2]) == (dict, ("x", "y"), {"x": 2, "y": -2})
    with pytest.raises(ValueError, match=r"expected a dict for .* as before, got a tuple"):
        view[3]
    doubled = Grid("ab").asdict().transform_batch("s", lambda a, b: [x + y for x, y in zip(a, b, strict=True)])
    assert (doubled.mode, doubled[4], doubled.slice[[1, 0]].fetch()) == (None, 18, [12, 10])
    with pytest.raises(ValueError, match="expected 5 values in column 's', as it was given, got 4"):
        Grid("a").transform_batch("s", lambda a: a[1:]).fetch()


@pytest.mark.parametrize("read", [lambda t: t[2], lambda t: t.fetch(), lambda t: t.slice[[4, 2]].fetch(), lambda t: t.slice[:0:-2].fetch()])
def test_a_bug_in_a_transform_names_the_row(read):
    table = Grid("a").transform("x", lambda a: 1 / (a - 2))
    with pytest.raises(ZeroDivisionError) as caught:
        read(table)
    assert caught.value.__notes__ == ["example 2 of _Transformed"]
    assert "lambda a: 1 / (a - 2)" in "".join(traceback.format_exception(caught.value))


def test_conversion():
    grid = Grid("ab")
    assert [a.dtype for a in grid.convert(grid.fetch())] == [np.dtype(int)] * 2
    assert grid.convert({"a": [1.5, 2]})["a"].tolist() == [1.5, 2]
    assert grid.convert([]).shape == (0,)
    device = chainjax.get_device("@jax:cpu:1")
    rows = [device.send(np.full(2, i, "f")) for i in range(2)]
    converted = grid.convert(rows)
    assert chainjax.backend.get_device_from_array(converted) == device
    assert converted.get().tolist() == [[0, 0], [1, 1]]
    assert grid.convert(rows[0]) is rows[0]
    for view in (grid, grid.asdict(), grid.slice[:, "a"]):
        named = view.with_converter(lambda a, b=None: (a, b))
        assert named.slice[:1].join(Grid("z", 1)).convert(named.slice[:1].fetch()) == ([0], [10] if view.mode else None)


def test_tables_from_data():
    x = np.arange(3)
    both = tabular.from_data((x, x, ("c", lambda i: i * 2)))
    assert both[2] == (2, 2, 4)
    assert len(set(both.keys)) == 3
    assert both.slice[1:, 0].fetch().base is x
    table = tabular.from_data({"a": [1, 2], ("b", "c"): lambda i: {"c": i, "b": -i}})
    assert table.fetch() == {"a": [1, 2], "b": [0, -1], "c": [0, 1]}
    assert pickle.loads(pickle.dumps(tabular.from_data({"a": [1, 2], "b": x[:2]}).slice[:, ("b", "a")]))[1] == {"b": 1, "a": 2}


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (lambda i: i, ValueError, "needs a name"),
        (("a", lambda i: i), ValueError, "needs size"),
        (({"a": 3}), TypeError, "expected a list, an array or a function for column 'a', got int"),
        ((), ValueError, "expected at least one column, got none"),
        (([1], [1, 2]), ValueError, "expected 1 rows in all datasets, got 2"),
    ],
)
def test_what_is_no_table(data, error, message):
    with pytest.raises(error, match=message):
        tabular.from_data(data)


def test_delegates_do_as_the_other_and_convert_as_they_like():
    class Mine(tabular.DelegateDataset):
        def __init__(self):
            super().__init__(Grid("ab").with_converter(lambda a, b: "converted"))

    mine = Mine()
    assert (len(mine), mine.keys, mine.mode, mine[1]) == (5, ("a", "b"), tuple, (1, 11))
    assert mine.convert(([1], [2]))[1].tolist() == [2]
