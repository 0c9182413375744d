"""Curves, graphs, statistics, and what looks after a training."""

import functools
import json
import sys

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine, optimizers, serializers, training
from chainjax.backends._cell import Cell
from chainjax.iterators import SerialIterator
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions
from chainjax.training.extensions import _graph

pyplot = pytest.importorskip("matplotlib.pyplot")

PNG = b"\x89PNG"


def reporting(folder, values):
    trainer = get_trainer_with_mock_updater((len(values), "iteration"))
    trainer.out = str(folder)
    trainer.extend(lambda t: chainjax.report({"x": values[t.updater.iteration - 1]}), name="reports", priority=300)
    return trainer


def training_loop(folder, iterations=3):
    model = L.Classifier(L.Linear(2, 2))
    optimizer = optimizers.SGD(0.1).setup(model)
    data = [(np.ones(2, np.float32), np.int32(1))] * 2
    updater = training.updaters.StandardUpdater(SerialIterator(data, 2), optimizer)
    return training.Trainer(updater, (iterations, "iteration"), out=str(folder)), model


# Curves --------------------------------------------------------------------------------------------------------------------------


def test_curves_have_a_point_for_each_interval_and_are_saved(tmp_path):
    drawn = []

    def look(figure, axes, summary):
        drawn.append((axes.get_xlabel(), [line.get_xydata().tolist() for line in axes.get_lines()], summary.compute_mean()))

    trainer = reporting(tmp_path, [1.0, 3.0, 5.0, 7.0])
    plot = extensions.PlotReport("x", trigger=(2, "iteration"), postprocess=look, file_name="curve.png")
    trainer.extend(plot)
    trainer.run()
    assert [d[:2] for d in drawn] == [("iteration", [[[2, 2]]]), ("iteration", [[[2, 2], [4, 6]]])]
    assert drawn[1][2] == {"x": 6.0}
    assert (tmp_path / "curve.png").read_bytes().startswith(PNG)
    assert pyplot.get_fignums() == []
    serializers.save_npz(tmp_path / "plot.npz", plot)
    with np.load(tmp_path / "plot.npz") as file:
        assert json.loads(str(file["_plot_curve.png"])) == {"x": [[2, 2.0], [4, 6.0]]}
    other = extensions.PlotReport("x", trigger=(2, "iteration"), filename="curve.png")
    serializers.load_npz(tmp_path / "plot.npz", other)
    assert other._data == {"x": [[2, 2.0], [4, 6.0]]}


def test_curves_over_another_value_in_another_format(tmp_path):
    trainer = reporting(tmp_path, [1.0, 3.0])
    trainer.extend(lambda t: chainjax.report({"y": -t.updater.iteration}), name="y", priority=300)
    trainer.extend(extensions.PlotReport(["x", "none"], "y", (1, "iteration"), filename="curve_{iteration}.svg", marker=None, grid=False))
    trainer.run()
    assert (tmp_path / "curve_2.svg").read_text().startswith("<?xml")


def test_nothing_is_drawn_of_nothing(tmp_path):
    trainer = reporting(tmp_path, [1.0])
    trainer.extend(extensions.PlotReport(["absent"], trigger=(1, "iteration")))
    trainer.run()
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    trainer = reporting(tmp_path, [1.0])
    with pytest.warns(UserWarning, match=r"nothing will be plotted: pip install 'chainjax\[plot\]'"):
        trainer.extend(extensions.PlotReport(["x"], trigger=(1, "iteration")))
    trainer.extend(extensions.VariableStatisticsPlot(L.Linear(1, 1), trigger=(1, "iteration")))
    with pytest.warns(UserWarning, match="nothing will be plotted"):
        trainer.run()
    assert list(tmp_path.iterdir()) == []
    with pytest.warns(UserWarning, match="nothing will be plotted"):
        assert not extensions.PlotReport.available()


@pytest.mark.parametrize(
    ("kwargs", "shape"),
    [
        ({}, (2, 2)),
        ({"plot_std": False, "report_grad": False, "percentile_sigmas": 50}, (2, 1)),
        ({"plot_mean": False, "percentile_sigmas": (10, 90)}, (2, 2)),
        ({"plot_mean": False, "plot_std": False, "report_data": False}, (1, 1)),
        ({"percentile_sigmas": ()}, (1, 2)),
    ],
)
def test_statistics_of_variables_are_drawn(tmp_path, monkeypatch, kwargs, shape):
    trainer = get_trainer_with_mock_updater((2, "iteration"))
    trainer.out = str(tmp_path)
    x = chainjax.Variable(np.arange(4, dtype=np.float32).reshape(2, 2))
    x.grad = -x.array
    plot = extensions.VariableStatisticsPlot([x, chainjax.Variable()], trigger=(2, "iteration"), **kwargs)
    grids = []
    subplots = pyplot.subplots
    monkeypatch.setattr(pyplot, "subplots", lambda *a, **k: grids.append(subplots(*a, **k)[1]) or (grids[-1][0, 0].figure, grids[-1]))
    trainer.extend(plot)
    trainer.run()
    assert grids[0].shape == shape
    assert [axes.get_title() for axes in grids[0][0]] == plot._keys
    assert (tmp_path / "statistics.png").read_bytes().startswith(PNG)
    assert pyplot.get_fignums() == []


def test_statistics_are_those_of_all_numbers_together():
    x, y = (chainjax.Variable(np.array(a, np.float32)) for a in ([[1, 2]], [6]))
    plot = extensions.VariableStatisticsPlot((x, y), percentile_sigmas=(0, 50, 100), report_grad=False)
    np.testing.assert_allclose(plot._collect(), [[3, np.std([1, 2, 6]), 1, 2, 6]], rtol=1e-6)


def test_bands_lie_between_percentiles_that_belong_together():
    drawn = []

    class Axes:
        def fill_between(self, x, low, high, **style):
            drawn.append((x.tolist(), low.tolist(), high.tolist(), style["label"]))

        def plot(self, x, y, **style):
            drawn.append((x.tolist(), y.tolist(), style["label"]))

        def set_xlabel(self, text):
            pass

    plot = extensions.VariableStatisticsPlot(L.Linear(1, 1), plot_std=False, percentile_sigmas=(0, 25, 50, 75, 100))
    reservoir = plot._samples
    reservoir.add([[9, 0, 1, 2, 3, 4]] * 2, idx=7)  # the mean, then the percentiles
    iterations, data = reservoir.get_data()
    plot._draw_percentiles(Axes(), iterations, data[:, 0])
    assert drawn == [([7], [0], [4], "_nolegend_"), ([7], [1], [3], "_nolegend_"), ([7], [2], "percentile")]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: extensions.VariableStatisticsPlot([]), "expected one variable or more as targets, got none"),
        (
            lambda: extensions.VariableStatisticsPlot(L.Linear(1, 1), plot_mean=False, plot_std=False, percentile_sigmas=()),
            "something to draw",
        ),
    ],
)
def test_pictures_of_nothing(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_scalars_for_tensorboard(tmp_path):
    written = []

    class Writer:
        def add_scalar(self, *what):
            written.append(what)

        def flush(self):
            written.append("flush")

        def close(self):
            written.append("close")

    trainer = reporting(tmp_path, [1.0, 3.0])
    trainer.extend(extensions.TensorBoardReport(["x"], (2, "iteration"), writer=Writer()))
    trainer.run()
    assert written == [("x", 2.0, 2), ("epoch", 0, 2), "flush", "close"]


@pytest.mark.parametrize("iteration", [0, 5])
def test_files_of_tensorboard(tmp_path, iteration):
    pytest.importorskip("tensorboardX")
    trainer = reporting(tmp_path, [1.0] * 6)
    trainer.updater.iteration = iteration
    trainer.extend(extensions.TensorBoardReport(trigger=(1, "iteration"), logdir=str(tmp_path / "board")))
    trainer.run()
    (file,) = (tmp_path / "board").iterdir()
    started_anew = b"\x3a\x02\x08\x01" in file.read_bytes()  # an event's session_log, START: what comes later in other files is hidden
    assert started_anew == (iteration > 0)


def test_tensorboard_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"pip install 'chainjax\[tensorboard\]'"):
        extensions.TensorBoardReport()


# Graphs --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [False, True])
def test_the_graph_of_the_first_iteration_is_written(tmp_path, monkeypatch, keeps):
    calls = []
    monkeypatch.setattr(_graph.shutil, "which", lambda name: "/bin/dot")
    monkeypatch.setattr(_graph.subprocess, "run", lambda *args, **kwargs: calls.append(args[0]))
    trainer, _ = training_loop(tmp_path)
    flags = []
    trainer.extend(extensions.dump_graph("main/loss", out_name="g.dot"))
    trainer.extend(lambda t: flags.append(chainjax.config.keep_graph_on_report), name="flags", priority=400)
    with chainjax.using_config("keep_graph_on_report", keeps):
        trainer.run()
        assert chainjax.config.keep_graph_on_report is keeps
    assert flags == [True, keeps, keeps]
    dot = (tmp_path / "g.dot").read_text()
    assert dot.startswith("digraph")
    assert "LinearFunction" in dot
    assert calls == [["dot", "-Tpng", str(tmp_path / "g.dot"), "-o", str(tmp_path / "g.png")]]


def test_a_resumed_training_writes_no_graph_and_keeps_none(tmp_path):
    for iterations, expected in ((3, [True, False, False]), (5, [False, False])):
        trainer, _ = training_loop(tmp_path, iterations)
        flags = []
        trainer.extend(extensions.DumpGraph("main/loss"))
        trainer.extend(extensions.snapshot(autoload=True), trigger=(3, "iteration"))
        trainer.extend(lambda t, to=flags: to.append(chainjax.config.keep_graph_on_report), name="flags", priority=400)
        trainer.run()
        assert flags == expected
        if iterations == 3:
            (tmp_path / "cg.dot").unlink()
    assert not (tmp_path / "cg.dot").exists()


def test_graphs_are_of_variables(tmp_path):
    trainer = reporting(tmp_path, [1.0])
    trainer.extend(extensions.DumpGraph("x"))
    with pytest.raises(TypeError, match="expected a Variable reported as 'x', got float; Variables reported: none"):
        trainer.run(show_loop_exception_msg=False)
    assert not chainjax.config.keep_graph_on_report


def test_kept_graphs_are_cut_after_all_other_extensions():
    trainer = get_trainer_with_mock_updater((3, "iteration"))
    seen = []

    def report(trainer):
        seen.append(F.exp(chainjax.Variable(np.ones(1, np.float32))))
        chainjax.report({"y": seen[-1], "number": 1})

    trainer.extend(report, name="reports", priority=300)
    trainer.extend(extensions.unchain_variables())
    trainer.extend(lambda t: setattr(chainjax.config, "keep_graph_on_report", t.updater.iteration == 1), name="switch", priority=200)
    with chainjax.using_config("keep_graph_on_report", True):
        trainer.run()
    assert [y.creator is None for y in seen] == [True, True, False]  # what is set counts in the next iteration


# Parameters ----------------------------------------------------------------------------------------------------------------------


def test_divergence_ends_a_training(tmp_path):
    trainer, model = training_loop(tmp_path)
    trainer.extend(extensions.FailOnNonNumber())
    model.predictor.b.array[0] = np.inf
    with pytest.raises(
        RuntimeError, match=r"finite parameters in optimizer 'main'.*in /predictor/W, /predictor/b; a smaller learning rate"
    ):
        trainer.run(show_loop_exception_msg=False)


@pytest.mark.parametrize("device", ["@numpy", "@jax:cpu:1"])
@pytest.mark.parametrize("n_layers", [1, 20], ids=["few", "in a pack"])
def test_devices_say_whether_parameters_are_finite_and_hand_over_none(tmp_path, monkeypatch, device, n_layers):
    model = chainjax.ChainList(*[L.Linear(2, 2) for _ in range(n_layers)])
    model.to_device(device)
    optimizer = chainjax.optimizers.SGD(1e-6).setup(model)
    x = chainjax.get_device(device).send(np.ones((1, 2), np.float32))
    trainer = get_trainer_with_mock_updater((5, "iteration"))
    trainer.out = str(tmp_path)
    trainer.updater.get_all_optimizers = lambda: {"main": optimizer}

    def step(trainer=None):
        optimizer.update(lambda: F.sum(functools.reduce(lambda h, link: link(h), model, x)))

    step()  # which packs them
    trainer.extend(step, priority=300)
    trainer.extend(extensions.FailOnNonNumber())
    monkeypatch.setattr(Cell, "peek", lambda cell: pytest.fail(f"{cell.aval} came to the host"))
    engine.reset_statistics()
    trainer.run()
    found = engine.statistics()
    assert {reason for reason, _ in found["lines"]} == {"update", "read"}
    assert found["flushes"] == 2 * 5  # one flag is read in an iteration
    monkeypatch.undo()
    model[0].b.grad = chainjax.get_device(device).send(np.full(2, np.nan, np.float32))
    optimizer.update()
    with pytest.raises(RuntimeError, match=r"finite parameters in optimizer 'main', got some .* in /0/b; a smaller"):
        trainer.get_extension("FailOnNonNumber")(trainer)


def statistics(link, **kwargs):
    reporter = chainjax.Reporter()
    with reporter:
        extensions.ParameterStatistics(link, trigger=lambda trainer: True, **kwargs)(None)
    return reporter.observation


def linear():
    link = L.Linear(2, 2)
    link.name = "l"
    link.W.array[...] = [[1, 2], [0, 5]]
    link.W.grad = np.array([[np.nan, 1], [1, 1]], np.float32)
    return link


def test_statistics_of_parameters():
    found = statistics([linear()], prefix="p", report_grads=False)
    assert len(found) == 2 * (5 + 7)
    assert (found["p/l/W/data/mean"], found["p/l/W/data/zeros"], found["p/l/W/data/percentile/3"]) == (2.0, 1.0, 1.5)


def test_gradients_that_are_no_numbers_and_that_are_not_there():
    found = statistics(linear(), statistics={"max": np.max}, report_params=False, skip_nan_params=True)
    assert list(found) == ["l/W/grad/max", "l/b/grad/max"]
    assert np.isnan(found["l/W/grad/max"])
    link = linear()
    link.cleargrads()
    assert statistics(link, report_params=False) == {}


def test_more_statistics():
    extension = extensions.ParameterStatistics(linear(), statistics=None, report_grads=False, trigger=lambda trainer: True)
    extension.register_statistics("one", lambda x: 1.0)
    reporter = chainjax.Reporter()
    with reporter:
        extension(None)
    assert reporter.observation == {"l/W/data/one": 1.0, "l/b/data/one": 1.0}


def test_statistics_of_accelerators_are_those_of_the_host():
    def found(device):
        link = linear()
        link.b.grad = np.ones(2, np.float32)
        link.to_device(device)
        plot = extensions.VariableStatisticsPlot(link.W, report_grad=False)
        return statistics(link, skip_nan_params=True), plot._collect()

    (there, sample), (here, expected) = found("@jax:cpu:1"), found("@numpy")
    np.testing.assert_equal(there, here)
    np.testing.assert_array_equal(sample, expected)
