"""Networks that classify photographs, with the layers and parameter names of Chainer's; weights come from files."""

from .googlenet import GoogLeNet as GoogLeNet
from .resnet import ResNet50Layers as ResNet50Layers
from .resnet import ResNet101Layers as ResNet101Layers
from .resnet import ResNet152Layers as ResNet152Layers
from .vgg import VGG16Layers as VGG16Layers
from .vgg import VGG19Layers as VGG19Layers
