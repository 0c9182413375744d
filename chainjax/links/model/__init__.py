"""Whole models and what goes around them."""

from ._classifier import Classifier as Classifier
from .vision import GoogLeNet as GoogLeNet
from .vision import ResNet50Layers as ResNet50Layers
from .vision import ResNet101Layers as ResNet101Layers
from .vision import ResNet152Layers as ResNet152Layers
from .vision import VGG16Layers as VGG16Layers
from .vision import VGG19Layers as VGG19Layers
