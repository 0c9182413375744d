"""Devices, and the boundary between NumPy code and programs."""
