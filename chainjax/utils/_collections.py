"""Kept for code that imports it."""

from collections import OrderedDict as OrderedDict
