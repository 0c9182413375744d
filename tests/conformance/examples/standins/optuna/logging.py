"""How much is said; here, nothing."""

WARNING = 30


def set_verbosity(level):
    """Nothing is said on any level."""
