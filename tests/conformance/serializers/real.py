"""Files of real Chainer, 1.5.1 to 7.8.1, and the trainings that they are of. Runs under Chainer's own Pythons, 3.6 and on.

    PYTHON_WITH_CHAINER real.py make golden       write golden/VERSION.zip
    PYTHON_WITH_CHAINER real.py check FOLDER      load what chainjax wrote to FOLDER, and train on
    ANY_PYTHON real.py none golden                write golden/none_VERSION.npz by the NumPy of that version

The golden files were written on NumPy 1.13.3 and h5py 2.8.0 by Chainer 1.5.1 and 1.24.0, on NumPy 1.19.5 and h5py 2.10.0 by
Chainer 7.8.1. Chainer 1.5.1 has HDF5 only.
"""

import os
import shutil
import sys
import tempfile

import numpy as np

OPTIMIZERS = ("SGD", "MomentumSGD", "Adam")
BEFORE, AFTER = 3, 2  # updates before the files are written, and after


def make_net(chainer):
    """A net of five kinds of links, with weights that are the same everywhere."""
    L = chainer.links
    net = chainer.Chain(
        embed=L.EmbedID(5, 4),
        convolve=L.Convolution2D(1, 2, 3, pad=1),
        normalize=L.BatchNormalization(2),
        remember=L.LSTM(4, 3),
        decide=L.Linear(32, 3),
    )
    random = np.random.RandomState(0)
    for path, param in sorted(net.namedparams()):
        if "normalize" not in path:
            param.data[...] = random.uniform(-0.5, 0.5, param.data.shape)
    return net


def compute(chainer, net, train):
    """The loss of one batch in training, else the scores."""
    F, Variable = chainer.functions, chainer.Variable
    random = np.random.RandomState(1)
    images = Variable(random.uniform(-1, 1, (4, 1, 4, 4)).astype(np.float32))
    words = random.randint(0, 5, (2, 4)).astype(np.int32)
    h = F.relu(net.convolve(images))
    if train:
        h = net.normalize(h)
    elif chainer.__version__.startswith("1."):
        h = net.normalize(h, test=True)
    else:
        with chainer.using_config("train", False):
            h = net.normalize(h)
    net.remember.reset_state()
    for word in words:
        memory = net.remember(net.embed(Variable(word)))
    y = net.decide(F.reshape(h, (4, 32))) + memory
    return F.softmax_cross_entropy(y, Variable(np.array([0, 1, 2, 0], np.int32))) if train else y


def make_optimizer(chainer, name, net):
    """An optimizer of a net, ready to be loaded."""
    optimizer = getattr(chainer.optimizers, name)()
    optimizer.setup(net)
    if hasattr(optimizer, "prepare"):
        optimizer.prepare()
    return optimizer


def train(chainer, net, optimizer, updates):
    """Some updates."""
    for _ in range(updates):
        loss = compute(chainer, net, True)
        net.cleargrads() if hasattr(net, "cleargrads") else net.zerograds()
        loss.backward()
        optimizer.update()


def numbers(chainer, net, optimizer, key):
    """All parameters, statistics and scores of a net as arrays, and the counts of an optimizer."""
    found = {key + path: np.array(param.data) for path, param in net.namedparams()}
    found[key + "/mean"], found[key + "/var"] = np.array(net.normalize.avg_mean), np.array(net.normalize.avg_var)
    found[key + "/scores"] = np.array(compute(chainer, net, False).data)
    found[key + "/t"], found[key + "/epoch"] = np.array(optimizer.t), np.array(optimizer.epoch)
    return found


def put(net, arrays, key):
    """Give a net what :func:`numbers` found of another."""
    for path, param in net.namedparams():
        param.data[...] = arrays[key + path]
    net.normalize.avg_mean[...], net.normalize.avg_var[...] = arrays[key + "/mean"], arrays[key + "/var"]


def formats(chainer):
    """Suffix, save and load of each format that a version has."""
    S = chainer.serializers
    yield ".h5", S.save_hdf5, S.load_hdf5
    if hasattr(S, "save_npz"):
        yield ".npz", S.save_npz, S.load_npz


def write(chainer, folder):
    """Train and write a model and an optimizer's state of each kind, and what loading them and training on must give."""
    for name in OPTIMIZERS:
        net = make_net(chainer)
        optimizer = make_optimizer(chainer, name, net)
        train(chainer, net, optimizer, BEFORE)
        optimizer.new_epoch()
        for suffix, save, _ in formats(chainer):
            save(os.path.join(folder, name + suffix), optimizer)
            if name == OPTIMIZERS[-1]:
                save(os.path.join(folder, name + ".model" + suffix), net)
        expected = numbers(chainer, net, optimizer, "saved")
        train(chainer, net, optimizer, AFTER)
        expected.update(numbers(chainer, net, optimizer, "after"))
        np.savez_compressed(os.path.join(folder, name + ".expected"), **expected)
    if not chainer.__version__.startswith("1."):
        waiting = chainer.Sequential(chainer.links.Linear(None, 3), chainer.links.BatchNormalization(axis=0))
        waiting.add_persistent("rate", 0.5)
        # After a single number Chainer compresses no more of a dictionary, so those are last.
        arrays = {"a/b": np.arange(6, dtype=np.int32), "c": [1.5, 2], "e": np.zeros((0, 2)), "n": 3}
        for suffix, save, _ in formats(chainer):
            save(os.path.join(folder, "waiting" + suffix), waiting)
            save(os.path.join(folder, "dict" + suffix), arrays)


def check(chainer, folder):
    """Load what :func:`write` wrote under another Chainer, and train on."""
    expected = {name: dict(np.load(os.path.join(folder, name + ".expected.npz"))) for name in OPTIMIZERS}
    for suffix, _, load in formats(chainer):
        for name in OPTIMIZERS:
            if not os.path.exists(os.path.join(folder, name + suffix)):
                continue
            net = make_net(chainer)
            optimizer = make_optimizer(chainer, name, net)
            if name == OPTIMIZERS[-1]:
                load(os.path.join(folder, name + ".model" + suffix), net)
            else:
                put(net, expected[name], "saved")
            load(os.path.join(folder, name + suffix), optimizer)
            compare(expected[name], numbers(chainer, net, optimizer, "saved"), name + suffix)
            train(chainer, net, optimizer, AFTER)
            compare(expected[name], numbers(chainer, net, optimizer, "after"), name + suffix)
        if os.path.exists(os.path.join(folder, "waiting" + suffix)) and not chainer.__version__.startswith("1."):
            waiting = chainer.Sequential(chainer.links.Linear(None, 3), chainer.links.BatchNormalization(axis=0))
            waiting.add_persistent("rate", 0.0)
            load(os.path.join(folder, "waiting" + suffix), waiting)
            assert (waiting[0].W.array, waiting[1].avg_mean, waiting.rate) == (None, None, 0.5), "waiting" + suffix


def compare(expected, found, where):
    """Raise unless the numbers that were in the file are the same, and those that were computed nearly."""
    for key, array in found.items():
        assert array.shape == expected[key].shape, (where, key, array.shape, expected[key].shape)
        tolerance = 2e-5 if key.startswith("after") else 0
        if key.endswith("/scores"):
            tolerance = 1e-3  # Chainer 1.5.1 normalises by the running variance without eps
        np.testing.assert_allclose(array, expected[key], rtol=2 * tolerance, atol=2 * tolerance, err_msg=where + " " + key)


if __name__ == "__main__" and sys.argv[1] == "none":
    np.savez(os.path.join(sys.argv[2], "none_" + np.__version__), W=None, b=np.zeros(2, np.float32))
elif __name__ == "__main__":
    import chainer  # pyrefly: ignore[missing-import]
    import chainer.functions  # pyrefly: ignore[missing-import]
    import chainer.links  # pyrefly: ignore[missing-import]
    import chainer.optimizers  # pyrefly: ignore[missing-import]
    import chainer.serializers  # pyrefly: ignore[missing-import]

    command, folder = sys.argv[1:]
    if command == "make":
        new = tempfile.mkdtemp()
        write(chainer, new)
        shutil.make_archive(os.path.join(folder, chainer.__version__), "zip", new)
        shutil.rmtree(new)
    else:
        check(chainer, folder)
        print("checked by Chainer", chainer.__version__)
