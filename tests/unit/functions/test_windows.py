"""Windows and regions: forms that must agree, and points that the laws do not reach."""

import numpy as np
import pytest

import jax

import chainjax
import chainjax.functions as F
from tests.registry.functions_pooling import roi_max_align_2d

RNG = np.random.default_rng(0)


def gradients(y, xs, gy):
    return [g.array for g in chainjax.grad([y], xs, [chainjax.Variable(gy)], enable_double_backprop=True)]


def as_on_other_backends(monkeypatch, shapes, **options):
    """A convolution and its gradients by products, as on CPUs, and by XLA's convolution, which other backends do well."""
    arrays, results = [RNG.standard_normal(shape) for shape in shapes], []
    for backend in ("cpu", "another"):
        monkeypatch.setattr(jax, "default_backend", lambda backend=backend: backend)
        # Another bias makes another signature, so that the form is chosen anew.
        b = np.zeros(shapes[1][0]) if backend == "cpu" else None
        vx, vw = map(chainjax.Variable, arrays)
        y = F.convolution_2d(vx, vw, b, **options)
        gy = np.random.default_rng(1).standard_normal(y.shape)
        results.append([y.array, *gradients(y, [vx, vw], gy)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


@pytest.mark.parametrize("groups", [2, 4])
def test_grouped_convolution_is_that_of_the_groups(groups, monkeypatch):
    as_on_other_backends(monkeypatch, [(2, 4, 4, 3), (8, 4 // groups, 2, 2)], pad=(1, 0), groups=groups)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("size", [(2, 1), (3, 2), (4, 3)])
def test_convolution_with_windows_that_do_not_overlap(size, groups, monkeypatch):
    shapes = [(2, 4, 9, 1 if groups == 1 else 7), (6, 4 // groups, *size)]
    as_on_other_backends(monkeypatch, shapes, stride=(4, 3), pad=(1, 1), groups=groups)


@pytest.mark.parametrize("options", [{"pad": 1}, {"pad": 2, "stride": 2}, {"pad": 2, "dilate": 2}, {"pad": 1, "groups": 2}])
def test_convolution_with_a_window_that_sticks_out(options, monkeypatch):
    as_on_other_backends(monkeypatch, [(2, 4, 2, 4), (6, 4 // options.get("groups", 1), 3, 3)], **options)


@pytest.mark.parametrize("size", [2, 4])  # small windows go place by place on CPUs, others do not
def test_the_gradient_of_max_pooling_goes_to_the_first_of_equal_ones(size):
    x = chainjax.Variable(np.zeros((1, 1, size, 2 * size), "f"))
    y = F.max_pooling_2d(x, size)
    (g,) = gradients(y, [x], np.float32([[[[1, 2]]]]))
    expected = np.zeros(x.shape)
    expected[0, 0, 0, [0, size]] = 1, 2
    np.testing.assert_array_equal(g, expected)


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("at", [0, 1])
def test_the_largest_of_numbers_and_nan_is_nan(size, at):
    x = np.zeros((1, 1, size, size), "f")
    x[0, 0, 0, at] = np.nan
    assert np.isnan(F.max_pooling_2d(x, size).array)


def test_the_gradient_of_regions_goes_to_the_first_of_equal_ones():
    x, rois = chainjax.Variable(np.zeros((1, 1, 3, 3))), np.array([[0.0, 0, 2, 2]])
    y = F.roi_max_pooling_2d(x, rois, np.int32([0]), 1, 1.0)
    (g,) = gradients(y, [x], np.ones((1, 1, 1, 1)))
    np.testing.assert_array_equal(g[0, 0], [[1, 0, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("ratio", [None, 3])
def test_the_largest_of_several_points(ratio):
    x, images = RNG.standard_normal((2, 2, 6, 5)), np.int32([1, 0, 1])
    rois = np.array([[0, 1, 5, 4], [2.25, 0.5, 2.5, 4.75], [-1, -3, 5, 9]])
    gy = RNG.standard_normal((3, 2, 2, 1))
    vx = chainjax.Variable(x)
    y = F.roi_max_align_2d(vx, rois, images, (2, 1), 1.0, ratio)
    np.testing.assert_allclose(y.array, roi_max_align_2d(x, rois, images, (2, 1), 1.0, ratio))
    (g,) = gradients(y, [vx], gy)
    way, step = RNG.standard_normal(x.shape), 1e-6
    there = [(roi_max_align_2d(x + t * way, rois, images, (2, 1), 1.0, ratio) * gy).sum() for t in (step, -step)]
    np.testing.assert_allclose((g * way).sum(), (there[0] - there[1]) / (2 * step), rtol=1e-6)


def test_cells_outside_of_the_image_are_empty():
    x, far, image = np.ones((1, 1, 2, 2), "f"), np.float32([[5, 5, 7, 7]]), np.int32([0])
    assert F.roi_max_pooling_2d(x, far, image, 1, 1.0).array == -np.inf
    assert F.roi_average_pooling_2d(x, far, image, 1, 1.0).array == 0
    assert F.roi_max_align_2d(x, far, image, 1, 1.0).array == -np.inf
    assert F.roi_average_align_2d(x, far, image, 1, 1.0).array == 0
    assert F.roi_pooling_2d(x, np.float32([[0, 5, 5, 7, 7]]), 1, 1, 1.0).array == 0


def test_regions_that_are_computed_are_looked_at_for_the_number_of_points():
    x, image = np.arange(16, dtype="f").reshape(1, 1, 4, 4), np.int32([0])
    rois = chainjax.Variable(np.float32([[0, 0, 3, 3]]))
    pending = F.roi_average_align_2d(x, rois + 0.5, image, 1, 1.0)
    np.testing.assert_array_equal(pending.array, F.roi_average_align_2d(x, np.float32([[0.5, 0.5, 3.5, 3.5]]), image, 1, 1.0).array)
