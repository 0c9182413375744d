"""Logs, tables and ratios of what was reported, and how seldom they make the device wait."""

import io
import json
import resource
import signal

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine, optimizers, serializers, training
from chainjax.iterators import SerialIterator
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions


def reporting(values, **kwargs):
    """A trainer that trains nothing and reports, under ``"x"``, one of the values in each iteration."""
    trainer = get_trainer_with_mock_updater((len(values), "iteration"), **kwargs)
    trainer.extend(lambda t: chainjax.report({"x": values[t.updater.iteration - 1]}), name="reports", priority=300)
    return trainer


def training_loop(folder, iterations=12):
    data = [(np.full(3, i, np.float32) / 9, np.int32(i % 2)) for i in range(8)]
    model = L.Classifier(L.Linear(3, 2))
    optimizer = optimizers.MomentumSGD(0.01).setup(model)
    updater = training.updaters.StandardUpdater(SerialIterator(data, 2, shuffle=False), optimizer)
    return training.Trainer(updater, (iterations, "iteration"), out=str(folder)), model, data


def test_reports_and_snapshots_make_no_flushes_of_their_own(tmp_path):
    trainer, _, _ = training_loop(tmp_path)
    trainer.extend(extensions.LogReport(trigger=(2, "iteration")))
    trainer.extend(extensions.PrintReport(["main/loss", "lr"], out=io.StringIO()))
    trainer.extend(extensions.ProgressBar(update_interval=1, out=io.StringIO()))
    trainer.extend(extensions.MicroAverage("main/loss", "main/accuracy", "ratio", trigger=(3, "iteration")))
    trainer.extend(extensions.observe_lr(), trigger=(1, "iteration"))
    trainer.extend(extensions.snapshot(), trigger=(4, "iteration"))
    engine.reset_statistics()
    trainer.run()
    statistics = engine.statistics()
    assert {reason for reason, _ in statistics["lines"]} == {"update"}
    assert statistics["flushes"] == trainer.updater.iteration == 12
    assert len(trainer.get_extension("LogReport").log) == 6


def test_values_are_read_when_an_interval_ends_and_not_before():
    x = chainjax.Variable(np.ones(3, np.float32))
    trainer = get_trainer_with_mock_updater((6, "iteration"))
    trainer.extend(lambda t: chainjax.report({"x": F.sum(x * t.updater.iteration)}), name="reports", priority=300)
    trainer.extend(extensions.LogReport(trigger=(3, "iteration"), filename=None))
    trainer.extend(extensions.MicroAverage("x", "x", "ratio", trigger=(6, "iteration")))
    engine.reset_statistics()
    trainer.run()
    assert engine.statistics()["flushes"] == 2
    assert [entry["x"] for entry in trainer.get_extension("LogReport").log] == [6.0, 15.0]


def test_an_evaluation_reads_all_its_numbers_at_once(tmp_path):
    trainer, model, data = training_loop(tmp_path)
    evaluator = extensions.Evaluator(SerialIterator(data, 2, repeat=False, shuffle=False), model)
    trainer.extend(evaluator, trigger=(6, "iteration"))
    engine.reset_statistics()
    trainer.run()
    flushes = engine.statistics()["lines"]
    assert sum(flushes.values()) == 12 + 2
    assert {reason for reason, _ in flushes} == {"update", "read"}


def test_a_log_has_means_over_intervals_and_goes_on_after_loading(tmp_path):
    def run(trainer, trigger=(2, "iteration")):
        trainer.out = str(tmp_path)
        trainer.extend(extensions.LogReport(trigger=trigger, filename="log_{iteration}"))
        trainer.run()
        return trainer

    trainer = run(reporting([1, np.float32(2), chainjax.Variable(np.array(4, np.float32))]))
    log = json.loads((tmp_path / "log_2").read_text())
    assert [{k: entry[k] for k in ("x", "epoch", "iteration")} for entry in log] == [{"x": 1.5, "epoch": 0, "iteration": 2}]
    assert log[0]["elapsed_time"] > 0
    serializers.save_npz(tmp_path / "saved.npz", trainer)

    again = reporting([8])
    again.extend(extensions.LogReport(trigger=(2, "iteration"), filename=None), name="LogReport")
    serializers.load_npz(tmp_path / "saved.npz", again)
    again.updater.iteration = 3
    report = again.get_extension("LogReport")
    again.observation = {"x": 8}
    again._start_at = 0.0
    again.updater.update()
    report(again)
    assert [entry["x"] for entry in report.log] == [1.5, 6.0]


def test_logs_have_chosen_keys_and_are_postprocessed():
    trainer = reporting([1.0])
    report = extensions.LogReport(["x"], (1, "iteration"), lambda entry: entry.update(y=entry["x"] + 1), log_name=None)
    trainer.extend(lambda t: chainjax.report({"z": 1}), name="z", priority=300)
    trainer.extend(report)
    trainer.run()
    assert report.log[0]["y"] == 2.0
    assert "z" not in report.log[0]


def test_a_table_is_printed_as_chainer_prints_it():
    out = io.StringIO()
    trainer = reporting([0.123456789, 2.0])
    trainer.extend(
        extensions.PrintReport(["epoch", "a name that is long", "x"], extensions.LogReport(["x"], (1, "iteration"), filename=None), out)
    )
    trainer.run()
    header, *lines = out.getvalue().splitlines()
    assert header == "epoch       a name that is long  x         "
    assert lines == ["0                                0.123457    ", "0                                2           "]


def test_what_erases_bars_goes_to_terminals_only():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for out, expected in ((Terminal(), "\033[J2"), (io.StringIO(), "2")):
        trainer = reporting([2])
        trainer.extend(extensions.PrintReport(["x"], extensions.LogReport(trigger=(1, "iteration"), filename=None), out))
        trainer.run()
        assert out.getvalue().splitlines()[1].strip() == expected


def test_a_table_needs_a_log():
    with pytest.raises(TypeError, match="expected log_report to be a LogReport or the name of one, got int"):
        extensions.PrintReport(["x"], 3)(None)


def test_the_log_of_a_table_is_saved_with_it(tmp_path):
    tables = [extensions.PrintReport(["x"], extensions.LogReport(trigger=(1, "iteration"), filename=None), io.StringIO()) for _ in range(2)]
    trainer = reporting([5.0])
    trainer.extend(tables[0])
    trainer.run()
    serializers.save_npz(tmp_path / "table.npz", tables[0])
    serializers.load_npz(tmp_path / "table.npz", tables[1])
    assert tables[1]._log_report.log == tables[0]._log_report.log != []


def test_micro_averages_are_ratios_of_sums(tmp_path):
    right, all_ = [1, 3, 5], [2, 10, 5]
    ratios = []
    trainer = get_trainer_with_mock_updater((3, "iteration"))
    trainer.extend(
        lambda t: chainjax.report({"n": right[t.updater.iteration - 1], "d": all_[t.updater.iteration - 1]}), name="r", priority=300
    )
    average = extensions.MicroAverage("n", "d", "ratio", trigger=(2, "iteration"))
    trainer.extend(average)
    trainer.extend(lambda t: ratios.append(t.observation.get("ratio")), name="collects", priority=0)
    trainer.run()
    assert ratios == [None, 4 / 12, None]
    serializers.save_npz(tmp_path / "average.npz", average)
    with np.load(tmp_path / "average.npz") as file:
        assert (file["_numerator"], file["_numerator"].dtype.kind) == (5, "i")  # Chainer loads integers only
    other = extensions.MicroAverage("n", "d", "ratio", trigger=(2, "iteration"))
    serializers.load_npz(tmp_path / "average.npz", other)
    trainer.updater.iteration, trainer.observation = 4, {"n": 1, "d": 1}
    reporter = chainjax.Reporter()
    with reporter:
        other(trainer)
    assert reporter.observation == {"ratio": 1.0}


def test_values_are_observed_once_in_an_epoch():
    seen = []
    trainer = get_trainer_with_mock_updater((4, "iteration"), iter_per_epoch=2)
    trainer.updater.get_optimizer = lambda name: optimizers.SGD(lr={"main": 0.5, "other": 0.25}[name])
    trainer.extend(extensions.observe_value("iteration", lambda t: t.updater.iteration))
    trainer.extend(extensions.observe_lr())
    trainer.extend(extensions.observe_lr("other", "other_lr"))
    trainer.extend(lambda t: seen.append(dict(t.observation)), name="collects")
    trainer.run()
    assert seen == [{}, {"iteration": 2, "lr": 0.5, "other_lr": 0.25}, {}, {"iteration": 4, "lr": 0.5, "other_lr": 0.25}]


@pytest.fixture
def no_room():
    """Files may have no more than a few bytes."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, old[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_log_of_before(tmp_path, no_room):
    trainer = reporting([1.0])
    trainer.out = str(tmp_path)
    trainer.extend(extensions.LogReport(trigger=(1, "iteration")))
    (tmp_path / "log").write_text("[]")
    with pytest.raises(OSError, match=r"the log could not be written to .*log': the file would be too large.*Free some space.*autoload"):
        trainer.run(show_loop_exception_msg=False)
    assert [file.name for file in tmp_path.iterdir()] == ["log"]
    assert (tmp_path / "log").read_text() == "[]"


def test_other_errors_of_files_stay_what_they_are(tmp_path):
    trainer = reporting([1.0])
    trainer.out = str(tmp_path)
    trainer.extend(extensions.LogReport(trigger=(1, "iteration"), filename="missing/log"))
    with pytest.raises(FileNotFoundError, match=r"missing/log") as info:
        trainer.run(show_loop_exception_msg=False)
    assert "Free some space" not in str(info.value)
