"""How far it is, on terminals, in notebooks, in files."""

import io
import sys
import types

import numpy as np
import pytest

import chainjax
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions
from chainjax.training.extensions import util


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stop, out, iterations=4, **kwargs):
    trainer = get_trainer_with_mock_updater(stop, iter_per_epoch=4)
    trainer.extend(extensions.ProgressBar(update_interval=1, out=out, **kwargs))
    trainer.run()
    return out.getvalue()


def test_a_file_gets_a_line_at_each_interval():
    out = io.StringIO()
    trainer = get_trainer_with_mock_updater((20, "iteration"), iter_per_epoch=8)
    trainer.extend(extensions.ProgressBar(update_interval=10, out=out))
    trainer.run()
    first, second = out.getvalue().splitlines()
    assert first.startswith("total 50.00%, this epoch 25.00%, 10 iter, 1 epoch / 20 iterations, ")
    assert " iters/sec. Estimated time to finish: 0:" in first
    assert second.startswith("total 100.00%, this epoch 50.00%, 20 iter, 2 epoch / 20 iterations, ")
    assert "\033" not in out.getvalue()
    assert "\r" not in out.getvalue()


def test_lengths_in_epochs_given_or_unknown():
    assert run((2, "epoch"), io.StringIO()).startswith("total 12.50%, this epoch 25.00%, 1 iter, 0 epoch / 2 epochs, ")
    assert run((4, "iteration"), io.StringIO(), training_length=(8, "iteration")).startswith("total 12.50%")
    unknown = run(lambda trainer: trainer.updater.iteration >= 2, io.StringIO()).splitlines()
    assert unknown[1].startswith("this epoch 50.00%, 2 iter, 0 epoch, ")
    assert "Estimated" not in unknown[1]


def test_a_terminal_gets_bars_that_are_taken_away_at_the_end():
    shown = run((1, "epoch"), Terminal(), bar_length=4)
    assert "     total [#...] 25.00%" in shown
    assert "this epoch [###.] 75.00%" in shown
    assert "         3 iter, 0 epoch / 1 epochs" in shown
    assert shown.rstrip("\r").endswith(" ")  # the last lines are blanked


def test_tables_stand_above_the_bars_of_a_terminal():
    out = Terminal()
    trainer = get_trainer_with_mock_updater((2, "iteration"))
    trainer.extend(extensions.LogReport(trigger=(1, "iteration"), filename=None))
    trainer.extend(extensions.ProgressBar(update_interval=1, out=out))
    trainer.extend(extensions.PrintReport(["iteration"], out=out))
    trainer.run()
    shown = out.getvalue()
    assert shown.index("total [") < shown.index("\033[J2") < shown.rindex("total [")  # drawn again below it


def test_a_notebook_gets_one_bar(monkeypatch):
    drawn = []

    class Bar:
        def __init__(self, total, bar_format):
            self.n = 0

        def set_description_str(self, text):
            drawn.append((self.n, text))

        def close(self):
            drawn.append("closed")

    class Stream(io.StringIO):
        pass

    Stream.__module__ = "ipykernel.iostream"
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    run((4, "iteration"), Stream())
    assert [n for n, _ in drawn[:-1]] == [0.25, 0.5, 0.75, 1.0]
    assert drawn[0][1].startswith("total 25.00%, ")
    assert drawn[-1] == "closed"


def test_standard_output_is_what_it_is_now(capsys):
    bar = extensions.ProgressBar(update_interval=1)
    trainer = get_trainer_with_mock_updater((1, "iteration"))
    trainer.extend(bar)
    trainer.run()
    assert "total 100.00%" in capsys.readouterr().out


def test_own_bars():
    class Own(util.ProgressBar):
        def get_lines(self):
            return ["one\n", "two\n"]

    out = io.StringIO()
    bar = Own(out=out)
    bar.update()
    bar.close()
    assert out.getvalue() == "one, two\n"
    assert bar.fraction() == 0.0
    with pytest.raises(NotImplementedError, match="get_lines"):
        util.ProgressBar(out=out).update()


def test_speeds_are_those_of_the_last_calls(monkeypatch):
    now = iter([0.0, 2.0, 2.0])
    monkeypatch.setattr(util.time, "time", lambda: next(now))
    bar = util.ProgressBar()
    assert bar.update_speed(2, 0.5) == (np.inf, np.inf)
    assert bar.update_speed(10, 1.5) == (4.0, 0.5)
    assert util.time_left(6, 4.0) == "0:00:01.500000"
    assert util.time_left(6, 0.0) == "?"
    assert util.time_left(6, np.inf) == "0:00:00"


def rich_trainer(**kwargs):
    rich = pytest.importorskip("rich.console")
    console = rich.Console(file=io.StringIO(), force_terminal=True, width=100)
    trainer = get_trainer_with_mock_updater((4, "iteration"), iter_per_epoch=2)
    trainer.updater.get_iterator = lambda name: types.SimpleNamespace(batch_size=5)
    trainer.extend(lambda t: chainjax.report({"loss": t.updater.iteration / 4, "other": 7.0}), name="reports", priority=300)
    trainer.extend(extensions.RichProgress(console=console, **kwargs))
    return trainer, console


def test_rich_shows_bars_speed_and_values():
    trainer, console = rich_trainer(refresh_per_second=1e9)
    trainer.run()
    shown = console.file.getvalue()
    assert "loss 0.25  other 7" in shown
    assert "loss 1  other 7" in shown
    assert "4 iterations" in shown
    assert "examples)" in shown
    assert "100%" in shown


def test_rich_reads_no_values_between_two_drawings():
    trainer, console = rich_trainer(keys=["loss"], refresh_per_second=1e-9)
    trainer.run()
    shown = console.file.getvalue()
    assert "loss 0.25" in shown
    assert "loss 0.5" not in shown
    assert "other" not in shown


def test_rich_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.live", None)
    with pytest.raises(ImportError, match=r"pip install 'chainjax\[rich\]'"):
        extensions.RichProgress()
