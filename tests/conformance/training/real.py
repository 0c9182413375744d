"""Trainings of real Chainer, 1.24.0 and 7.8.1, stopped and gone on with. Runs under Chainer's own Pythons, 3.6 and on.

    PYTHON_WITH_CHAINER real.py make golden       write golden/VERSION.zip: a snapshot of each format, and what going on gives
    PYTHON_WITH_CHAINER real.py check FOLDER      go on from what chainjax wrote to FOLDER/old or FOLDER/new

The golden files were written on NumPy 1.13.3 and h5py 2.8.0 by Chainer 1.24.0, on NumPy 1.19.5 and h5py 2.10.0 by Chainer 7.8.1.
"""

import io
import json
import os
import shutil
import sys
import tempfile

import numpy as np

STOP, END = 7, 13  # of 4 iterations an epoch
OLD_STOP = 8  # Chainer 1 saved no half intervals


def make_trainer(chainer, out, end, suffix, old):
    """A trainer with extensions and triggers of most kinds, from weights that are the same everywhere.

    ``old`` leaves out what Chainer 1 has not, and the order of examples is fixed, as it shuffled in another way.
    Real Chainer puts no text into HDF5, so there those that save text are left out.
    """
    F, L, training = chainer.functions, chainer.links, chainer.training
    extensions, triggers = training.extensions, training.triggers

    class Net(chainer.Chain):
        def __init__(self):
            super().__init__(hidden=L.Linear(3, 4), normalize=L.BatchNormalization(4), out=L.Linear(4, 2))
            random = np.random.RandomState(0)
            for path, param in sorted(self.namedparams()):
                if "normalize" not in path:
                    param.data[...] = random.uniform(-0.5, 0.5, param.data.shape)

        def __call__(self, x):
            return self.out(F.dropout(F.relu(self.normalize(self.hidden(x)))))

    random = np.random.RandomState(1)
    dataset = [(random.uniform(-1, 1, 3).astype(np.float32), np.int32(i % 2)) for i in range(12)]
    optimizer = chainer.optimizers.MomentumSGD(0.1)
    optimizer.setup(L.Classifier(Net()))
    np.random.seed(2)
    iterator = chainer.iterators.SerialIterator(dataset, 3, shuffle=not old)
    updater = training.StandardUpdater(iterator, optimizer)
    trainer = training.Trainer(updater, (end, "iteration"), out)
    trainer.bests = []
    if suffix == ".npz":
        trainer.extend(extensions.LogReport(trigger=(2, "iteration")))
        trainer.extend(extensions.PrintReport(["iteration", "main/loss"], out=io.StringIO()))
        if not old:  # which saved nothing of it
            best = triggers.MinValueTrigger("main/loss", trigger=(2, "iteration"))
            trainer.extend(lambda trainer: trainer.bests.append(trainer.updater.iteration), name="best", trigger=best)
    if not old:
        trainer.extend(extensions.ExponentialShift("lr", 0.5), trigger=(3, "iteration"))  # of Chainer 1 it counted from 1
        points = triggers.ManualScheduleTrigger([5, 11], "iteration")
        trainer.extend(lambda trainer: trainer.bests.append(-trainer.updater.iteration), name="points", trigger=points)
        trainer.extend(lambda trainer: trainer.bests.append(0), name="once", trigger=triggers.OnceTrigger())
    return trainer


def formats(chainer):
    """Suffix, save and load of each format."""
    S = chainer.serializers
    return [(".h5", S.save_hdf5, S.load_hdf5), (".npz", S.save_npz, S.load_npz)]


def go_on(chainer, load, suffix, old, out):
    """Load a snapshot, seed the random numbers, which Chainer's snapshots lack, and go on; what came out."""
    trainer = make_trainer(chainer, out, END, suffix, old)
    load(os.path.join(out, "snapshot" + suffix), trainer)
    assert trainer.updater.iteration == (OLD_STOP if old else STOP), suffix
    np.random.seed(3)
    trainer.run()
    target = trainer.updater.get_optimizer("main").target
    found = {name[1:]: np.array(param.data) for name, param in target.namedparams()}
    found["mean"] = np.array(target.predictor.normalize.avg_mean)
    found["lr"], found["t"] = np.array(trainer.updater.get_optimizer("main").lr), np.array(trainer.updater.get_optimizer("main").t)
    found["fired"], found["epoch"] = np.array(trainer.bests), np.array(trainer.updater.epoch)
    found["order"] = np.array([int(t) for x, t in trainer.updater.get_iterator("main").next()])
    if suffix == ".npz":
        with open(os.path.join(out, "log")) as file:
            log = json.load(file)
        for name in ("main/loss", "main/accuracy", "iteration", "epoch"):
            found["log/" + name] = np.array([row[name] for row in log])
    return found


def write(chainer, folder, old):
    """A training's snapshots, and what going on from them gives."""
    for suffix, save, load in formats(chainer):
        trainer = make_trainer(chainer, folder, OLD_STOP if old else STOP, suffix, old)
        trainer.run()
        save(os.path.join(folder, "snapshot" + suffix), trainer)
        np.savez(os.path.join(folder, "expected" + suffix + ".npz"), **go_on(chainer, load, suffix, old, folder))


def check(chainer, folder, old):
    """Go on from another Chainer's snapshots and compare."""
    for suffix, _, load in formats(chainer):
        expected = np.load(os.path.join(folder, "expected" + suffix + ".npz"))
        found = go_on(chainer, load, suffix, old, folder)
        assert sorted(found) == sorted(expected.files)
        for key in expected.files:
            np.testing.assert_allclose(found[key], expected[key], rtol=5e-5, atol=1e-5, err_msg=suffix + " " + key)


if __name__ == "__main__":
    import chainer  # pyrefly: ignore[missing-import]
    import chainer.functions  # pyrefly: ignore[missing-import]
    import chainer.links  # pyrefly: ignore[missing-import]
    import chainer.serializers  # pyrefly: ignore[missing-import]
    import chainer.training  # pyrefly: ignore[missing-import]
    from chainer.training import extensions, triggers  # pyrefly: ignore[missing-import]  # noqa: F401

    command, folder = sys.argv[1:]
    old = chainer.__version__.startswith("1.")
    if command == "make":
        new = tempfile.mkdtemp()
        write(chainer, new, old)
        os.remove(os.path.join(new, "log"))
        shutil.make_archive(os.path.join(folder, chainer.__version__), "zip", new)
        shutil.rmtree(new)
    else:
        check(chainer, os.path.join(folder, "old" if old else "new"), old)
        print("checked by Chainer", chainer.__version__)
