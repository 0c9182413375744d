"""Iterators in the middle of a sweep, saved by real Chainer. Runs under Chainer's own Pythons, 3.6 and on.

    PYTHON_WITH_CHAINER real.py make golden                 write golden/VERSION_ITERATOR.npz and .h5, and golden/VERSION.json
    PYTHON_WITH_CHAINER real.py check FOLDER ITERATOR...    load what chainjax wrote to FOLDER, and print the rest of the sweep

The golden files were written by Chainer 1.24.0 and 7.8.1.
"""

import json
import os
import sys

import numpy as np

N, BATCH_SIZE, BEFORE = 10, 3, 2


def make(chainer, name, shuffle=True):
    return getattr(chainer.iterators, name)(list(range(N)), BATCH_SIZE, shuffle=shuffle)


def rest(iterator):
    """What is left of the sweep: the first minibatch whole, then one example; the others are of another sweep."""
    return [int(i) for i in iterator.next() + iterator.next()[:1]]


def where(iterator):
    return [iterator.epoch, iterator.current_position, bool(iterator.is_new_epoch), iterator.previous_epoch_detail]


def make_golden(chainer, folder):
    told = {}
    for name in ("SerialIterator", "MultiprocessIterator", "MultithreadIterator"):
        if not hasattr(chainer.iterators, name):
            continue
        np.random.seed(len(name))
        iterator = make(chainer, name)
        for _ in range(BEFORE):
            iterator.next()
        path = os.path.join(folder, chainer.__version__ + "_" + name)
        chainer.serializers.save_npz(path + ".npz", iterator)
        chainer.serializers.save_hdf5(path + ".h5", iterator)
        told[name] = {"where": where(iterator), "rest": rest(iterator)}
        getattr(iterator, "finalize", int)()
    with open(os.path.join(folder, chainer.__version__ + ".json"), "w") as file:
        json.dump(told, file, sort_keys=True)
        file.write("\n")


def check(chainer, folder, names):
    told = {}
    for name in names:
        for extension in ("npz", "h5"):
            iterator = make(chainer, name)
            load = chainer.serializers.load_npz if extension == "npz" else chainer.serializers.load_hdf5
            load(os.path.join(folder, name + "." + extension), iterator)
            told[name + "." + extension] = {"where": where(iterator), "rest": rest(iterator)}
            getattr(iterator, "finalize", int)()
    print(json.dumps(told))


if __name__ == "__main__":
    import chainer

    if sys.argv[1] == "make":
        make_golden(chainer, sys.argv[2])
    else:
        check(chainer, sys.argv[2], sys.argv[3:])
