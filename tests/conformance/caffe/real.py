"""What real Chainer exports to Caffe and computes from that again: ``golden.npz``.

``CHAINJAX_ORACLE=folder PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python python -m tests.conformance.caffe.real`` writes it, where
``folder/real_chainer.py`` has real Chainer as ``chainer``; made with Chainer 7.8.1 on NumPy 2.
"""

import importlib
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np

GOLDEN = pathlib.Path(__file__).with_name("golden.npz")


def network(chainer):
    """A network with each function that can be exported, its weights, and an input."""
    F, L = chainer.functions, chainer.links

    class Network(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.c = L.Convolution2D(3, 4, 3, 2, 1, groups=1)
                self.b = L.BatchNormalization(4, eps=0.01)
                self.d = L.Deconvolution2D(4, 3, 2, nobias=True)
                self.fc = L.Linear(54, 5)

        def forward(self, x):
            h = F.leaky_relu(self.b(self.c(x)), 0.1)
            h = F.average_pooling_2d(F.max_pooling_2d(h, 2, 1), 2, 1)
            h = self.d(F.local_response_normalization(h))
            h = F.concat([h, h])
            h = F.sigmoid(h) + F.relu(h)
            return F.softmax(self.fc(F.reshape(h, (1, 54))))

    net, random = Network(), np.random.RandomState(0)
    for _, param in sorted(net.namedparams()):
        param.array[...] = random.uniform(-0.5, 0.5, param.shape)
    net.b.avg_mean[...], net.b.avg_var[...] = random.uniform(0, 1, (2, 4))
    return net, chainer.Variable(random.uniform(-1, 1, (1, 3, 8, 8)).astype(np.float32))


def everything(chainer, exporter, function):
    """``{what: array}``; files as arrays of bytes."""
    net, x = network(chainer)
    with tempfile.TemporaryDirectory() as folder, chainer.using_config("train", False):
        exporter.export(net, [x], folder, True, "net")
        found = {path.name: np.frombuffer(path.read_bytes(), np.uint8) for path in pathlib.Path(folder).iterdir()}
        again = function(str(pathlib.Path(folder) / "chainer_model.caffemodel"))
        (y,) = again({"data": x}, [again.layers[-1][2][0]])
        return {**found, "y": net(x).array, "y again": y.array}


if __name__ == "__main__":
    sys.path.insert(0, os.environ["CHAINJAX_ORACLE"])
    warnings.simplefilter("ignore")
    real = importlib.import_module("real_chainer").chainer
    exporter, links = importlib.import_module("chainer.exporters.caffe"), importlib.import_module("chainer.links.caffe")
    np.savez_compressed(GOLDEN, **everything(real, exporter, links.CaffeFunction))
