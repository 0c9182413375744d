"""Warnings of results that may differ from run to run."""

import warnings

from ..config import config


def nondeterministic(f_name):
    """Warn, where ``config.warn_nondeterministic`` is set, that ``f_name`` may give other bits in another run."""
    if config.warn_nondeterministic:
        warnings.warn(f"{f_name} is not deterministic, and config.warn_nondeterministic is set", stacklevel=3)
