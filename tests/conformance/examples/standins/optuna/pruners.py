"""Rules by which trials are given up."""


class MedianPruner:
    """Give up what has been worse than half of the trials at this step."""
