"""Recurrent units."""

from ._lstm import lstm as lstm
