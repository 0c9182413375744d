"""Keywords of old releases that mean nothing any more."""

import numpy as np
import pytest

import chainjax.functions as F

IMAGE = np.ones((1, 1, 2, 2), np.float32)


@pytest.mark.parametrize(("function", "args"), [(F.relu, [IMAGE]), (F.softmax, [IMAGE, 2]), (F.max_pooling_2d, [IMAGE, 2])])
def test_are_taken_and_others_are_not(function, args):
    np.testing.assert_array_equal(function(*args, use_cudnn=False).array, function(*args).array)
    with pytest.raises(TypeError, match="unexpected keyword argument 'use_nothing'"):
        function(*args, use_nothing=False)
