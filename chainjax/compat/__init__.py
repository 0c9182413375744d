"""Chainer's name for all this, and the habits of its older releases."""

from ._install import install as install
