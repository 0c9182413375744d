"""Warnings of what may still change."""

import sys
import warnings


def experimental(api_name):
    """Warn that ``api_name`` may change, unless ``chainjax.disable_experimental_feature_warning`` is set."""
    if not sys.modules[__package__.partition(".")[0]].disable_experimental_feature_warning:
        warnings.warn(f"{api_name} is experimental. It may change in later releases.", FutureWarning, stacklevel=3)
