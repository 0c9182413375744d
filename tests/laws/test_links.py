"""Laws of links: law x row of the registry."""

import copy
import pickle
import re

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import engine
from chainjax.backends._verify import TOLERANCES
from tests.conformance.registry import numbers
from tests.laws.calls import by_kernels
from tests.registry import LINKS

every = pytest.mark.parametrize("row", LINKS, ids=repr)
late = pytest.mark.parametrize("row", [row for row in LINKS if row.late], ids=repr)


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x)), "copy": lambda x: x.copy("copy")}


def made(row, seed=2, late=False):
    return numbers.link_of(chainjax, row, late, seed)


def called(row, link):
    """The outputs as arrays, from the link's first state on."""
    with by_kernels():
        return list(numbers.tested(chainjax, row, link).values())


def state(link):
    """Everything that is saved of a link."""
    found = {name: p.array.copy() for name, p in link.namedparams()}
    for path, child in link.namedlinks():
        found.update({f"{path.rstrip('/')}/{name}": np.array(getattr(child, name)) for name in child._persistent})
    return found


def assert_close(got, expected, what=""):
    np.testing.assert_allclose(got, expected, *TOLERANCES.get(got.dtype.name, (0, 0)), err_msg=what)


def assert_same_state(a, b):
    assert a.keys() == b.keys()
    for name, array in a.items():
        np.testing.assert_array_equal(array, b[name], err_msg=name)


@every
def test_parameters_and_persistent_values(row):
    shapes = {name: p.shape for name, p in made(row).namedparams()}
    assert shapes == row.params
    assert {name for name in state(made(row)) if name not in shapes} == set(row.persistent)
    assert all(a.shape == (row.persistent[name] or ()) for name, a in state(made(row)).items() if name in row.persistent)


@pytest.mark.parametrize("row", [row for row in LINKS if row.documented != {}], ids=repr)
def test_docstring_names_the_parameters(row):
    assert "__init__" not in getattr(L, row.name).__dict__ or not getattr(L, row.name).__init__.__doc__
    _, _, section = getattr(L, row.name).__doc__.partition("Parameters:\n")
    names = re.findall(r"^        ([\w/]+): ", section.partition("\n\n")[0], re.MULTILINE)
    assert sorted("/" + name for name in names) == sorted(row.documented or row.params)


@every
def test_numbers_are_chainers(row):
    expected = {name: array for name, array in numbers.golden(row).items() if not name.startswith("file.")}
    with by_kernels():
        got = numbers.of_link(chainjax, row)
    assert got.keys() == expected.keys()
    for name, array in got.items():
        if name in row.params:
            np.testing.assert_array_equal(array, expected[name], err_msg=name)
        else:
            assert_close(array, expected[name], name)


@every
@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_files_of_chainer(row, kind, tmp_path):
    expected, link = numbers.golden(row), made(row, seed=3)
    path = tmp_path / f"link.{kind}"
    path.write_bytes(expected[f"file.{kind}"])
    (chainjax.serializers.load_npz if kind == "npz" else chainjax.serializers.load_hdf5)(path, link)
    for i, y in enumerate(called(row, link)):
        assert_close(y, expected[f"test y{i}"])


@every
@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_chainer_loads_our_files(row, kind, tmp_path, oracle):
    link = made(row)
    with by_kernels():
        link(*numbers.inputs_of(row))  # so that running statistics are not those of a new link
    expected = called(row, link)
    path = tmp_path / f"link.{kind}"
    path.write_bytes(numbers.file_of(chainjax, link, kind))
    other = numbers.link_of(oracle, row, seed=3)
    (oracle.serializers.load_npz if kind == "npz" else oracle.serializers.load_hdf5)(str(path), other)
    for y, e in zip(numbers.tested(oracle, row, other).values(), expected, strict=True):
        assert_close(y, e)


@late
def test_late_initialisation_is_the_same(row):
    with by_kernels():
        early, later = numbers.of_link(chainjax, row), numbers.of_link(chainjax, row, late=True)
    assert_same_state(early, later)


@late
def test_uninitialised_parameters_are_known_and_warned_of(row):
    link = made(row, late=True)
    assert {name for name, _ in link.namedparams()} == set(row.params)
    with pytest.warns(UserWarning, match="has not been initialized"):
        assert link.count_params() < made(row).count_params()


@every
@pytest.mark.parametrize("suffix", ["npz", "hdf5"])
def test_saved_and_loaded(row, suffix, tmp_path):
    link, other = made(row), made(row, seed=3)
    path = tmp_path / f"link.{suffix}"
    getattr(chainjax.serializers, f"save_{suffix}")(path, link)
    getattr(chainjax.serializers, f"load_{suffix}")(path, other)
    assert_same_state(state(other), state(link))
    if row.late:
        new = made(row, late=True)
        getattr(chainjax.serializers, f"load_{suffix}")(path, new)
        assert_same_state(state(new), state(link))


@every
@pytest.mark.parametrize("way", COPIES)
def test_copies_share_nothing(row, way):
    link = made(row)
    expected, other = called(row, link), COPIES[way](link)
    for a, b in zip(called(row, other), expected, strict=True):
        np.testing.assert_array_equal(a, b)
    for param in other.params():
        param.array[...] += 1
    assert_same_state(state(link), state(made(row)))


@every
def test_copy_modes(row):
    link = made(row)
    link.cleargrads()
    shared, anew = link.copy("share"), link.copy("init")
    for a, b, c in zip(link.params(), shared.params(), anew.params(), strict=True):
        assert b is not a
        assert b.array is a.array
        assert c.array is not a.array
        assert c.shape == a.shape
    with pytest.raises(ValueError, match="expected mode"):
        link.copy("half")


@every
def test_there_and_back_again(row):
    link = made(row)
    expected = called(row, link)
    device = chainjax.get_device("@jax:cpu:0")
    link.to_device(device)
    assert link.device == device
    assert all(p.device == device and isinstance(p.array, chainjax.ndarray) for p in link.params())
    assert not any(isinstance(getattr(child, name), np.ndarray) for child in link.links() for name in child._persistent)
    link.to_device("@numpy")
    assert_same_state(state(link), state(made(row)))
    for a, b in zip(called(row, link), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@every
def test_cleargrads(row):
    link = made(row)
    for param in link.params():
        param.grad = np.ones_like(param.array)
    link.cleargrads()
    assert all(param.grad is None for param in link.params())


@every
def test_a_second_call_compiles_nothing(row):
    link = made(row)
    first = called(row, link)
    before = engine.statistics()["kernels"]
    for a, b in zip(called(row, link), first, strict=True):
        np.testing.assert_array_equal(a, b)
    assert engine.statistics()["kernels"] == before
