"""Half precision outside, single precision inside."""

import functools

import numpy as np


def _fp16_mixed_precision_helper(forward):
    """Decorator of ``forward`` of a function: computes in float32 what comes in float16; results are float16 if all floats were."""

    @functools.wraps(forward)
    def wide(self, inputs):
        outputs = forward(self, tuple([x.astype(np.float32) if x.dtype == np.float16 else x for x in inputs]))
        if all(x.dtype == np.float16 for x in inputs if x.dtype.kind == "f"):
            outputs = tuple([y.astype(np.float16) if y is not None and y.dtype == np.float32 else y for y in outputs])
        return outputs

    return wide
