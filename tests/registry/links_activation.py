"""Links: activation."""

ROWS = []
