import numpy as np
import pytest

import chainjax
from chainjax.datasets import TupleDataset, get_digits


def test_the_same_split_each_time_and_all_images_once():
    (train, test), (again, _) = get_digits(withlabel=False), get_digits(withlabel=False)
    assert (len(train), len(test)) == (1498, 299)
    np.testing.assert_array_equal(train, again)
    whole = np.empty((1797, 64), "f")
    held_out = np.arange(1797) % 6 == 5
    whole[held_out], whole[~held_out] = test, train
    # What the publishers say of the set: 16 shades, and how many there are of each digit.
    assert set(np.unique(whole * 16)) == set(range(17))


def test_how_many_there_are_of_each_digit():
    labels = np.concatenate([[t for _, t in part] for part in get_digits()])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize(("ndim", "shape"), [(1, (64,)), (2, (8, 8)), (3, (1, 8, 8))])
def test_shapes_dtypes_and_scale(ndim, shape):
    train, test = get_digits(ndim=ndim, scale=255.0, dtype=np.float64, label_dtype=np.int8)
    for part in (train, test):
        assert type(part) is TupleDataset
        image, label = part[0]
        assert (image.shape, image.dtype, label.dtype) == (shape, np.float64, np.int8)
        assert max(image.max() for image, _ in part[:20]) == 255.0


def test_the_configured_dtype_is_the_default():
    with chainjax.using_config("dtype", np.dtype(np.float16)):
        assert get_digits(withlabel=False)[0].dtype == np.float16


def test_other_ndims_are_errors():
    with pytest.raises(ValueError, match="get_digits: expected ndim 1, 2 or 3, got 4"):
        get_digits(ndim=4)
