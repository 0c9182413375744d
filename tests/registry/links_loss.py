"""Links: loss."""

ROWS = []
