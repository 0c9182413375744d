"""What the networks for photographs of real Chainer are: ``golden.npz``.

``CHAINJAX_ORACLE=folder python -m tests.conformance.vision.real`` writes it, where ``folder/real_chainer.py`` has real Chainer as
``chainer``; made with Chainer 7.8.1 on NumPy 2.
"""

import importlib
import os
import pathlib
import sys
import warnings

import numpy as np

GOLDEN = pathlib.Path(__file__).with_name("golden.npz")
NETWORKS = ("GoogLeNet", "ResNet50Layers", "ResNet101Layers", "ResNet152Layers", "VGG16Layers", "VGG19Layers")
#: Network -> size of the image and the layer to look at; the first layers of VGG alone have 137 millions of weights behind them.
LOOKED_AT = {"GoogLeNet": (64, "inception_4a"), "ResNet50Layers": (64, "pool5"), "VGG16Layers": (32, "pool3")}


def image():
    """Some image, 30 pixels high."""
    return np.random.RandomState(1).randint(0, 256, (30, 40, 3)).astype(np.uint8)


def paths(link):
    """What a file of a link has, as ``"path shape"``."""
    found = {path: p.shape for path, p in link.namedparams()}
    for path, child in link.namedlinks():
        found.update({f"{path.rstrip('/')}/{name}": np.shape(getattr(child, name)) for name in child._persistent})
    return np.array(sorted(f"{path} {shape}" for path, shape in found.items()))


def output(module, link, name):
    """What a layer of a network puts out in test mode."""
    size, layer = LOOKED_AT[name]
    with module.using_config("train", False):
        return link.extract([image()], [layer], (size, size))[layer].array


class Recorder:
    """Stands for a network: notes what is assigned to which of its arrays, and from where."""

    def __init__(self, path="", found=None):
        self._path, self.found = path, {} if found is None else found

    def __getattr__(self, name):
        return Recorder(f"{self._path}/{name}", self.found)

    def __getitem__(self, name):
        return Recorder(f"{self._path}/{name}", self.found)

    def __setitem__(self, key, value):
        self.found[_array(self._path)] = _array(value._path)


def _array(path):
    return path.removesuffix("/array")


def everything(chainer):
    """``{what: array}``."""
    found = {}
    for name in NETWORKS:
        np.random.seed(0)
        link = getattr(chainer.links, name)(pretrained_model=None)
        found[f"{name}: paths"], found[f"{name}: layers"] = paths(link), np.array(link.available_layers)
        if name in LOOKED_AT:
            found[f"{name}: output"] = output(chainer, link, name)
    files = ("googlenet", "resnet", "vgg")
    googlenet, resnet, vgg = (importlib.import_module(f"{chainer.links.__name__}.model.vision.{file}") for file in files)
    transfers = {f"ResNet{n}Layers": getattr(resnet, f"_transfer_resnet{n}") for n in (50, 101, 152)}
    transfers["GoogLeNet"] = googlenet._transfer_googlenet
    for name, transfer in transfers.items():
        transfer(Recorder(), to := Recorder())
        found[f"{name}: caffe"] = np.array(sorted(f"{to} {of}" for to, of in to.found.items()))
    for module in (googlenet, resnet, vgg):
        found[f"{module.__name__.rpartition('.')[2]}: prepared"] = module.prepare(image(), (5, 4))
    return found


if __name__ == "__main__":
    sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
    warnings.simplefilter("ignore")
    np.savez_compressed(GOLDEN, **everything(importlib.import_module("real_chainer").chainer))
