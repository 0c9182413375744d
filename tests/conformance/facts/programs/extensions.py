"""Extensions of trainers: what they report, print and write, when and in which order."""

import json
import os
import shutil
import sys
import tempfile

import numpy as np

import chainer
import chainer.links as L
from chainer import training
from chainer.training import extensions

OUT = tempfile.mkdtemp()


def make_trainer(iterations):
    random = np.random.RandomState(0)
    data = [(random.uniform(-1, 1, 3).astype("f"), np.int32(i % 2)) for i in range(8)]
    model = L.Classifier(L.Linear(3, 2, initialW=random.uniform(-1, 1, (2, 3))))
    model.predictor.b.array[...] = [0.25, -0.25]
    optimizer = chainer.optimizers.MomentumSGD(0.5)
    optimizer.setup(model)
    iterator = chainer.iterators.SerialIterator(data, 2, shuffle=False)
    updater = training.updaters.StandardUpdater(iterator, optimizer)
    trainer = training.Trainer(updater, (iterations, "iteration"), out=OUT)
    return trainer, model, chainer.iterators.SerialIterator(data, 3, repeat=False, shuffle=False)


print("-- schedules")


class Updater(object):
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def get_optimizer(self, name):
        return self.optimizer


class Trainer(object):
    pass


for name, args in [
    ("ExponentialShift", ("lr", 0.5)),
    ("ExponentialShift", ("lr", 0.5, 4.0, 0.7)),
    ("ExponentialShift", ("lr", 1.5, -1.0, -2.0)),
    ("InverseShift", ("lr", 0.5, 2)),
    ("InverseShift", ("lr", 0.5, 2, 4.0, 1.5)),
    ("InverseShift", ("lr", 1.0, -0.5, 1.0, 1.9)),
    ("LinearShift", ("lr", (3.0, 1.0), (1, 4))),
    ("MultistepShift", ("lr", 0.5, [2, 3], 4.0)),
    ("MultistepShift", ("lr", 0.5, [1], None)),
    ("PolynomialShift", ("lr", 2, 8)),
    ("PolynomialShift", ("lr", 0.5, 8, 4.0, 3.0)),
    ("StepShift", ("lr", 0.5, 2)),
    ("StepShift", ("lr", 2.0, 2, 1.0, 3.5)),
    ("WarmupShift", ("lr", 0.5, 3, 2.0)),
    ("WarmupShift", ("lr", None, 2, 6.0)),
]:
    optimizer, schedule, trainer = chainer.optimizers.SGD(2.0), getattr(extensions, name)(*args), Trainer()
    trainer.updater = Updater(optimizer)
    schedule.initialize(trainer)
    seen = [optimizer.lr]
    for _ in range(6):
        schedule(trainer)
        seen.append(optimizer.lr)
    print(name, args[1:], *["%.6g" % float(v) for v in seen])


print("-- a training")


class Lines(object):
    """Prints; without the order to terminals to erase what is below."""

    def write(self, text):
        sys.stdout.write(text.replace("\033[J", ""))


trainer, model, sweep = make_trainer(9)
model.predictor.name = "linear"
trainer.extend(extensions.Evaluator(sweep, model), trigger=(3, "iteration"))
trainer.extend(extensions.Evaluator(sweep, model), name="again")
trainer.extend(lambda t: chainer.report({"right": t.updater.iteration, "all": 10}), name="counts", priority=300, trigger=(1, "iteration"))
trainer.extend(extensions.MicroAverage("right", "all", "ratio", trigger=(4, "iteration")))
trainer.extend(extensions.ParameterStatistics(model.predictor, trigger=(3, "iteration"), prefix="p"), trigger=(1, "iteration"))
trainer.extend(extensions.observe_lr())
trainer.extend(extensions.observe_value("constant", lambda t: 7), trigger=(2, "iteration"))
trainer.extend(extensions.LogReport(trigger=(2, "iteration"), postprocess=lambda entry: entry.update(twice=2 * entry["main/loss"])))
trainer.extend(extensions.LogReport(["main/loss"], (4, "iteration"), filename="log_{iteration}"))
trainer.extend(
    extensions.PrintReport(["epoch", "iteration", "main/loss", "validation/main/accuracy", "lr", "nothing of this"], out=Lines())
)
trainer.extend(extensions.ExponentialShift("lr", 0.5), trigger=(4, "iteration"))
trainer.extend(extensions.snapshot(n_retains=2), trigger=(2, "iteration"))
trainer.extend(extensions.snapshot_object(model, "model_{.updater.epoch}"))
trainer.extend(extensions.DumpGraph("main/loss"))
trainer.extend(extensions.unchain_variables())
for name in sorted(trainer._extensions):
    entry = trainer._extensions[name]
    print(name, entry.priority, entry.trigger if isinstance(entry.trigger, training.IntervalTrigger) else "")
trainer.run()


def show(entry):
    print(*["%s %.5g" % item for item in sorted(entry.items()) if item[0] != "elapsed_time"])


for name in sorted(os.listdir(OUT)):
    print(name)
for name in ("log", "log_8"):
    with open(os.path.join(OUT, name)) as file:
        text = file.read()
    print(name, repr(text[:8]), text.count("\n"))
    for entry in json.loads(text):
        show(entry)
with open(os.path.join(OUT, "cg.dot")) as file:
    text = file.read()
print(text[:29], text.count("->"), text.count("octagon"), text.count("LinearFunction"))
wanted = ("updater/", "_snap", *("extensions/" + name for name in ("again", "LogReport", "ExponentialShift", "dump_graph", "observe")))
with np.load(os.path.join(OUT, "snapshot_iter_8"), allow_pickle=True) as file:
    for key in sorted(file.files):
        if key.startswith(wanted):
            value = file[key]
            print(key, value.dtype.kind, value.shape)
    print(json.loads(str(file["extensions/LogReport_1/_log"]))[0]["iteration"])

print("-- evaluations")

trainer, model, sweep = make_trainer(1)
evaluator = extensions.Evaluator(sweep, model, eval_hook=lambda e: print("hook", type(e).__name__, chainer.config.train))
show(evaluator())
evaluator.name = "test"
show(evaluator())
print(evaluator.default_name, evaluator.trigger, evaluator.priority)

print("-- samples")

np.random.seed(0)
reservoir = extensions.variable_statistics_plot.Reservoir(3, (2,))
for i in range(12):
    reservoir.add(np.full(2, i, "f"), idx=3 * i)
print(*reservoir.get_data())
print(np.random.randint(1000))
statistics = extensions.variable_statistics_plot.Statistician(True, True, (0, 25, 100))(np.arange(12.0).reshape(3, 4), axis=1)
for name in sorted(statistics):
    print(name, statistics[name])

print("-- files of a full run")

snapshot = extensions.snapshot(filename="x_{.updater.iteration}_y")
print(snapshot.trigger, snapshot.priority, type(snapshot).__name__)
for name in ("x_1_y", "x_2_y", "tmpx_3_y", "x_4"):
    open(os.path.join(OUT, name), "w").close()
    os.utime(os.path.join(OUT, name), (9 - len(name) - int(name == "x_2_y"),) * 2)
from chainer.training.extensions import _snapshot  # noqa: E402

print(_snapshot._find_latest_snapshot(snapshot.filename, OUT), list(_snapshot._find_stale_snapshots(snapshot.filename, OUT, 1)))
shutil.rmtree(OUT)
