"""The state of the random number generators in a snapshot, without which a resumed training would go another way.

Chainer saves none, and passes over what it does not ask for: files can be loaded in both directions.
"""

import random

import numpy as np

from ..backends import _random
from ..serializer import Serializer


def serialize(serializer):
    """Save the state of ``numpy.random``, ``random`` and of the draws on accelerators, or go on from one that was saved.

    Args:
        serializer: what saves or loads. A file that says nothing of them changes nothing.
    """
    kind, numbers, position, has_gauss, gauss = np.random.get_state()
    version, words, second = random.getstate()
    if kind != "MT19937":  # somebody has set another; its state has another form
        return
    values = {
        "numpy": numbers,
        "numpy_position": position,
        "numpy_gauss": np.array([has_gauss, gauss]),
        "python": np.array(words, np.int64),
        "python_gauss": np.array([second is not None, second or 0.0]),
        "accelerators": np.array(_random.state(), np.int64),
    }
    try:
        part = serializer["random"]
        saved = [part(name, value) for name, value in values.items()]
    except KeyError:
        return
    if isinstance(serializer, Serializer):
        return
    numbers, position, (has_gauss, gauss), words, (has_second, second), accelerators = saved
    np.random.set_state((kind, numbers, int(position), int(has_gauss), float(gauss)))
    random.setstate((version, tuple(map(int, words)), float(second) if has_second else None))
    _random.set_state(*map(int, accelerators))
