"""A training that is killed again and again, and started again each time, ends as one that nobody killed.

Each life of a training is a process of its own, from a server process that has imported chainjax but has not started JAX (what it
starts would not survive forking).
"""

import json
import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax import training
from chainjax.iterators import MultiprocessIterator, SerialIterator
from chainjax.training import extensions, triggers

ITERATIONS = 60  # 12 epochs

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that kills")


class Jittered:
    """Examples that are a little different each time they are read."""

    def __len__(self):
        return 20

    def __getitem__(self, i):
        x = np.cos(np.arange(i, i + 3)).astype(np.float32)
        return x + np.float32(np.random.normal(scale=0.1)), np.int32(i % 2)


ITERATORS = {
    "serial": lambda dataset: SerialIterator(dataset, 4),
    "processes": lambda dataset: MultiprocessIterator(dataset, 4, n_processes=2),
}


def train(kind, deterministic, out, connection):
    """A whole training with random order, jitter and dropout, a schedule, and a trigger that remembers."""
    chainjax.global_config.deterministic = deterministic
    np.random.seed(0)
    random.seed(0)
    # No bias before the normalization: its gradient is rounding alone, of which Adam makes steps of full length.
    net = chainjax.Sequential(L.Linear(3, 8, nobias=True), L.BatchNormalization(8), F.relu, F.dropout, L.Linear(8, 2))
    optimizer = chainjax.optimizers.Adam(0.01).setup(L.Classifier(net))
    updater = training.updaters.StandardUpdater(ITERATORS[kind](Jittered()), optimizer)
    trainer = training.Trainer(updater, (ITERATIONS, "iteration"), out)
    trainer.extend(extensions.snapshot(autoload=True, n_retains=2), trigger=(2, "iteration"))
    trainer.extend(extensions.LogReport(trigger=(3, "iteration")))
    trainer.extend(extensions.ExponentialShift("alpha", 0.9), trigger=(7, "iteration"))
    best = triggers.MinValueTrigger("main/loss", (5, "iteration"))
    trainer.extend(extensions.snapshot_object(net, "best_{.updater.iteration}.npz"), trigger=best)
    trainer.extend(lambda trainer: connection.send(trainer.updater.iteration), name="tell")
    trainer.run()
    np.savez(os.path.join(out, "end.npz"), draw=np.random.rand(), **{path: param.array for path, param in net.namedparams()})


def start(*args):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chainjax", __name__])
    connection, other = context.Pipe()
    process = context.Process(target=train, args=(*args, other), daemon=False)
    process.start()
    other.close()
    return process, connection


def finish(process, connection):
    """Wait for the end of a life; the iterations that it made."""
    iterations = []
    try:
        while connection.poll(120):
            iterations.append(connection.recv())
        process.kill()
        pytest.fail(f"hangs after the iterations {iterations}")
    except (EOFError, ConnectionResetError):
        process.join()
    return iterations


def result(out):
    with open(out / "log") as file:
        log = [{name: value for name, value in row.items() if name != "elapsed_time"} for row in json.load(file)]
    with np.load(out / "end.npz") as file:
        end = dict(file)
    return log, end, sorted(name for name in os.listdir(out) if not name.startswith("tmp"))  # half a snapshot


@pytest.mark.parametrize(("kind", "deterministic"), [("serial", True), ("serial", False), ("processes", True)])
def test_killed_and_resumed(kind, deterministic, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    reference = start(kind, deterministic, str(whole))
    number, lives = random.Random(os.urandom(8)), []
    for kills in (True, True, False):
        process, connection = start(kind, deterministic, str(killed))
        if kills:
            connection.poll(60)  # it has begun
            time.sleep(number.uniform(0, 0.2))
            process.kill()
        lives.append(finish(process, connection))
    finish(*reference)
    assert reference[0].exitcode == process.exitcode == 0
    starts = [life[0] for life in lives if life]
    assert starts == sorted(starts)  # each goes on from a snapshot, not before the one before it did
    assert all(life == list(range(life[0], life[-1] + 1)) for life in lives if life)
    (log, end, names), (expected_log, expected_end, expected_names) = result(killed), result(whole)
    assert log[-1]["iteration"] == ITERATIONS
    assert end.keys() == expected_end.keys()
    for key in end:
        if deterministic:
            np.testing.assert_array_equal(end[key], expected_end[key], err_msg=key)
        else:
            np.testing.assert_allclose(end[key], expected_end[key], rtol=1e-3, atol=1e-4, err_msg=key)
    assert [row.keys() for row in log] == [row.keys() for row in expected_log]
    if deterministic:
        assert log == expected_log
        assert names == expected_names
    else:
        losses, expected = ([row["main/loss"] for row in rows] for rows in (log, expected_log))
        np.testing.assert_allclose(losses, expected, rtol=1e-3)
