"""Parts of error messages."""


def _format_array_props(arrays):
    """Shape and dtype of each array or Variable, in a line."""
    return ", ".join("None" if a is None else f"{a.shape}:{a.dtype.name}" for a in arrays)
