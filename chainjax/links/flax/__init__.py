"""Modules of flax as links."""

from ._link import FlaxLink as FlaxLink
