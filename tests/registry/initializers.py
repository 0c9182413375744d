"""Initializers."""

from .spec import InitializerSpec

_MATRIX, _FILTER = (3, 5), (2, 3, 2, 2)


def _rows(name, shapes=(_MATRIX, _FILTER), kwargs=({}, {"scale": 0.5}), **more):
    return [InitializerSpec(name, k, shapes, **more) for k in kwargs]


ROWS = [
    *_rows("Constant", kwargs=[{"fill_value": 2.5}]),
    *_rows("DownsamplingConvFilter", [(2, 2, 3, 3), (3, 1, 4, 4), (2, 1, 3), (2, 2, 2, 2, 2)], [{}]),
    *_rows("GlorotNormal"),
    *_rows("GlorotUniform"),
    *_rows("HeNormal", kwargs=[{}, {"scale": 2.0, "fan_option": "fan_out"}]),
    *_rows("HeUniform"),
    *_rows("Identity", [(3, 3)]),
    *_rows("LeCunNormal"),
    *_rows("LeCunUniform"),
    *_rows("NaN", [(2,), ()], [{}]),
    *_rows("Normal", [_FILTER, (3,), ()]),
    *_rows("One", [(2,), ()], [{}]),
    *_rows("Orthogonal", [_MATRIX, _FILTER, (5, 3), (4, 4), ()], [{}, {"scale": 0.5}], lapack=True),
    *_rows("Orthogonal", [_MATRIX, (4, 4)], [{"mode": "projection"}], lapack=True),
    *_rows("Orthogonal", [(5, 3), (4, 4)], [{"mode": "embedding"}], lapack=True),
    *_rows("Orthogonal", [(4, 4)], [{"mode": "basis"}], lapack=True),
    *_rows("Uniform", [_FILTER, (3,), ()]),
    *_rows("UpsamplingDeconvFilter", [(2, 2, 3, 3), (3, 1, 4, 4), (2, 1, 3), (2, 2, 2, 2, 2)], [{}]),
    *_rows("Zero", [(2,), ()], [{}]),
]
