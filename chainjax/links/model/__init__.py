"""Whole models and what goes around them."""

from ._classifier import Classifier as Classifier
