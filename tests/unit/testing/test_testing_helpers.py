"""Conditions, random numbers, comparisons, warnings, requirements, mocks."""

import random
import unittest
import warnings

import numpy as np
import pytest

import chainjax
from chainjax import testing
from chainjax.testing import condition
from chainjax.testing.array import _as_noncontiguous_array


class Counted(unittest.TestCase):
    """Succeeds each third time."""

    calls = set_ups = 0

    def setUp(self):
        Counted.set_ups += 1

    def third(self):
        Counted.calls += 1
        assert Counted.calls % 3 == 0, "not the third"

    def skipped(self):
        Counted.calls += 1
        pytest.skip("because")

    def runTest(self):
        pass


@pytest.fixture(autouse=True)
def _reset():
    Counted.calls = Counted.set_ups = 0


def test_retry_stops_at_the_first_success():
    condition.retry(10)(Counted.third)(Counted())
    assert (Counted.calls, Counted.set_ups) == (3, 3)


def test_retry_fails_after_all_trials_and_shows_the_first_error():
    with pytest.raises(AssertionError, match=r"(?s)1 of 2 trials.*first error message:.*not the third"):
        condition.retry(2)(Counted.third)(Counted())
    assert Counted.calls == 2


def test_repeat_stops_at_the_first_failure():
    with pytest.raises(AssertionError, match="5 of 5 trials"):
        condition.repeat(5)(Counted.third)(Counted())
    assert Counted.calls == 1


@pytest.mark.parametrize(("times", "least", "calls", "passes"), [(9, 3, 9, True), (8, 3, 8, False), (6, 2, 6, True), (4, 0, 0, True)])
def test_repeat_with_success_at_least(times, least, calls, passes):
    test = condition.repeat_with_success_at_least(times, least)(Counted.third)
    if passes:
        test(Counted())
    else:
        with pytest.raises(AssertionError):
            test(Counted())
    assert Counted.calls == calls


def test_a_skip_of_pytest_skips_all_trials():
    with pytest.raises(unittest.SkipTest, match="because"):
        condition.repeat(5)(Counted.skipped)(Counted())
    assert Counted.calls == 1


def test_more_successes_than_trials_cannot_be_asked_for():
    with pytest.raises(AssertionError):
        condition.repeat_with_success_at_least(1, 2)


# Random numbers -----------------------------------------------------------------------------------------------------------------


def test_fix_random_repeats_and_puts_back():
    drawn = []

    class Case(unittest.TestCase):
        def test_it(self):
            drawn.append((np.random.rand(), testing.generate_seed()))
            random.random()

    fixed = testing.fix_random()(Case)
    assert fixed is Case
    before = np.random.get_state()[1].copy(), random.getstate()
    for _ in range(2):
        assert Case("test_it").run().wasSuccessful()
        np.testing.assert_array_equal(np.random.get_state()[1], before[0])
        assert random.getstate() == before[1]
    assert drawn[0] == drawn[1]
    assert drawn[0][0] == np.random.RandomState(100).rand()


def test_fix_random_of_a_function_nests():
    drawn = []

    @testing.fix_random()
    def test_inner():
        drawn.append(np.random.rand())

    @testing.fix_random()
    def test_outer():
        drawn.append(np.random.rand())
        test_inner()
        drawn.append(np.random.rand())

    test_outer()
    assert len(set(drawn)) == 3  # only the outermost starts anew
    with pytest.raises(AssertionError, match="fix_random"):
        testing.generate_seed()


def test_fix_random_puts_back_after_an_error():
    @testing.fix_random()
    def test():
        raise KeyError

    before = np.random.get_state()[1].copy()
    with pytest.raises(KeyError):
        test()
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(("shape", "dtype"), [((3, 2), np.float32), ((2, 3, 4), np.complex128), ((0, 3), np.float64)])
def test_generate_matrix_has_the_singular_values(shape, dtype):
    values = np.arange(min(shape[-2:]), 0, -1)
    a = testing.generate_matrix(shape, dtype, singular_values=values)
    assert a.shape == shape
    assert a.dtype == dtype
    if a.size:
        np.testing.assert_allclose(np.linalg.svd(a, compute_uv=False), np.broadcast_to(values, (*shape[:-2], len(values))), rtol=1e-5)


def test_generate_matrix_refuses():
    for error, args, kwargs in (
        (ValueError, ((3,),), {"singular_values": 1}),
        (TypeError, ((2, 2), int), {"singular_values": 1}),
        (TypeError, ((2, 2),), {}),
        (TypeError, ((2, 2),), {"singular_values": 1j}),
        (ValueError, ((2, 2),), {"singular_values": [1, -1]}),
        (ValueError, ((2, 2),), {"singular_values": [1, 2, 3]}),
    ):
        with pytest.raises(error):
            testing.generate_matrix(*args, **kwargs)


# Comparisons --------------------------------------------------------------------------------------------------------------------


def test_assert_allclose_names_the_worst_place():
    x, y = np.float32([[1, 2], [3, 4]]), np.float32([[1, 2.5], [3, 5]])
    with pytest.raises(AssertionError, match=r"at the worst place: x\[1, 1\] = 4\.0, y\[1, 1\] = 5\.0, \|x - y\| = 1\.0, tolerance 0\.1"):
        testing.assert_allclose(x, y, atol=0.1, rtol=0)
    with pytest.raises(AssertionError, match=r"at the worst place: x\[1\]"):  # where it is furthest beyond the tolerance
        testing.assert_allclose(np.float64([105, 1.5]), np.float64([100, 1]), atol=0, rtol=0.1)


def test_assert_allclose_takes_tolerances_numbers_and_devices():
    testing.assert_allclose(1.0, np.array(1.00001))
    testing.assert_allclose(np.float32([1, 2]), [1, np.float32(2)])
    testing.assert_allclose(chainjax.get_device("@jax:cpu:0").send(np.ones(2)), np.ones(2))
    testing.assert_allclose(np.nan, np.nan)
    testing.assert_allclose(np.float64([11]), np.float64([10]), atol=0, rtol=0.1)
    for x, y, options in ((1.0, 1.1, {}), (10.0, 11.0, {"atol": 0, "rtol": 0.09}), (np.nan, 1.0, {}), (np.ones(2), np.ones(3), {})):
        with pytest.raises(AssertionError, match="assert_allclose"):
            testing.assert_allclose(x, y, **options)
    with pytest.raises(AssertionError, match="missing gradient"):
        testing.assert_allclose(np.ones(2), None)


def test_noncontiguous_copies():
    a, b, c = _as_noncontiguous_array((np.arange(6).reshape(2, 3), None, np.ones(1)))
    assert not a.flags.c_contiguous
    assert not a.flags.f_contiguous
    np.testing.assert_array_equal(a, [[0, 1, 2], [3, 4, 5]])
    assert b is None
    assert c.shape == (1,)


# Warnings, requirements, mocks --------------------------------------------------------------------------------------------------


def test_assert_warns():
    with testing.assert_warns(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    with pytest.raises(AssertionError, match=r"DeprecationWarning.*got UserWarning"), testing.assert_warns(DeprecationWarning):
        warnings.warn("other", UserWarning, stacklevel=1)
    with pytest.raises(AssertionError, match="got none"), testing.assert_warns(UserWarning):
        pass


@pytest.mark.parametrize(
    ("requirements", "there"), [(["numpy"], True), (["numpy<1"], False), (["no-such-package"], False), (["numpy", "numpy<1"], False)]
)
def test_requirements(requirements, there):
    def skips(decorator):
        return getattr(decorator(lambda: None), "__unittest_skip__", False)

    assert skips(testing.with_requires(*requirements)) is not there
    assert skips(testing.without_requires(*requirements)) is there


def test_patch_wraps_its_target():
    with testing.patch("numpy.linalg.norm") as norm:
        assert np.linalg.norm(np.float64([3, 4])) == 5
    assert norm.call_count == 1
    with testing.patch("numpy.linalg.norm", wraps=lambda x: "mine"):
        assert np.linalg.norm(0) == "mine"
    with pytest.raises(AttributeError):
        testing.patch("numpy.linalg.nothing")


def test_save_and_load_goes_through_a_file_that_is_gone_after():
    paths = []

    def saver(path, obj):
        paths.append(path)
        np.save(path, obj)

    def loader(path, obj):
        obj[...] = np.load(path)

    dst = np.zeros(3)
    testing.save_and_load(np.arange(3), dst, "a.npy", saver, loader)
    assert dst.tolist() == [0, 1, 2]
    with pytest.raises(FileNotFoundError):
        open(paths[0])  # noqa: SIM115
