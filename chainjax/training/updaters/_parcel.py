"""Many small arrays sent to another device as one: each transfer costs 20 us of Python, whatever its size."""

import jax.numpy as jnp

from ... import engine
from ...backends._pack import _cut
from ...variable import send_to_place

#: Bytes above which an array is sent alone, as joining copies it. 64 KiB are copied in about 10 us.
LARGE = 1 << 16


class Parcel:
    """Values that are to be sent; what joins them is recorded when it is made, so that one replay makes all.

    Args:
        values: the Values, by any keys; those that are ``None`` are left out.
    """

    def __init__(self, values):
        self._values, groups = {key: value for key, value in values.items() if value is not None}, {}
        for key, value in self._values.items():
            if value.aval.nbytes <= LARGE:
                groups.setdefault((value.aval.dtype, value.aval.device), []).append(key)
        self._joined = [(keys, self._join(keys)) for keys in groups.values() if len(keys) > 1]

    def _join(self, keys):
        values = [self._values[key] for key in keys]
        return engine.record(engine.signature_of(_join, (), tuple([v.aval for v in values]), "join"), values)[0]

    def open(self, places):
        """The Values where they are wanted, by the same keys.

        Args:
            places: by the same keys, a device of JAX, or ``None`` for ``@numpy``.
        """
        found = dict(self._values)
        for keys, flat in self._joined:
            place = places[keys[0]]
            if place is not flat.aval.device and all(places[key] is place for key in keys):
                sent = send_to_place(flat, place)
                shapes = tuple([self._values[key].aval.shape for key in keys])
                sig = engine.signature_of(_cut, (("shapes", shapes),), (sent.aval,), "parts")
                found.update(zip(keys, engine.record(sig, [sent]), strict=True))
        return {key: send_to_place(value, places[key]) for key, value in found.items()}


def _join(*arrays):
    return [jnp.concatenate([a.reshape(-1) for a in arrays])]
