"""What arguments of links share."""


class InvalidArgument(ValueError, AssertionError):
    """An argument that does not fit the others. Chainer finds some of these with ``assert``, so it is both."""


def expect_shape(who, **wanted):
    """Where an array of numbers is given as an initializer, it must have its shape: name = (initializer, shape)."""
    for name, (initial, shape) in wanted.items():
        if getattr(initial, "shape", shape) != shape:
            raise InvalidArgument(f"{who}: expected {name} of shape {shape}, got {initial.shape}")
