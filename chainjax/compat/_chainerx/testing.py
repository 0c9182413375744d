"""``chainerx.testing``, as absent as the rest."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise RuntimeError(f"chainerx.testing.{name}: ChainerX is not available.")
