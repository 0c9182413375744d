"""``chainerx``, honestly absent: enough for code that asks whether it is there."""


def is_available():
    """``False``."""
    return False


class ndarray:
    """ChainerX's array: there is none, so nothing is an instance."""

    def __init__(self, *args, **kwargs):
        raise RuntimeError("ChainerX is not available.")


def __getattr__(name):
    if name.startswith("_") and not name.startswith("_core"):
        raise AttributeError(name)
    raise RuntimeError(f"chainerx.{name}: ChainerX is not available.")
