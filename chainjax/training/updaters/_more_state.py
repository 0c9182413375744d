"""What a step changes and Chainer's snapshots lack: adaptive loss scales, and what recurrent links remember.

Chainer passes over keys that it does not ask for, so files can be loaded in both directions.
"""

import warnings

import numpy as np

from ...links.rnn._family import Stateful
from ...serializer import Serializer
from ...variable import Variable


def serialize(optimizer, serializer, name):
    """Save or load it. A file that says nothing of it lets it start anew.

    Args:
        optimizer: the optimizer, with its link.
        serializer: what saves or loads.
        name: the optimizer's.
    """
    if getattr(optimizer, "_loss_scaling_is_dynamic", False) is True:
        _serialize_loss_scale(optimizer, serializer, name)
    for path, link in optimizer.target.namedlinks():
        if isinstance(link, Stateful):
            _serialize_memory(link, serializer, f"memory:{name}{path.rstrip('/')}")


def _serialize_loss_scale(optimizer, serializer, name):
    try:
        part = serializer["loss_scale:" + name]
        scale = part("scale", float(optimizer._loss_scale))
        optimizer._loss_scaling_isnan_ever = bool(part("isnan_ever", optimizer._loss_scaling_isnan_ever))
        optimizer._loss_scale = scale
    except KeyError:
        warnings.warn(f"StandardUpdater: the file has no loss scale of the optimizer {name!r}; it adapts anew", UserWarning, stacklevel=4)


def _serialize_memory(link, serializer, key):
    for state in link._state:
        value = getattr(link, state)
        array = None if value is None else np.array(value._peek())
        if isinstance(serializer, Serializer):
            if array is not None:
                serializer[key](state, array)
            continue
        try:
            array = serializer[key](state, array)
        except KeyError:  # a file of Chainer, or the state before the first call
            array = None
        if array is None:
            setattr(link, state, None)
        else:
            link._keep(**{state: Variable(np.array(array))})
