"""Measures without gradients."""

from ._accuracy import accuracy as accuracy
