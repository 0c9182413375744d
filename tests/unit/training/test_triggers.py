"""Triggers: when they fire, asked at every iteration or not, and after loading."""

import numpy as np
import pytest

import chainjax
from chainjax.serializers import DictionarySerializer, NpzDeserializer
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import get_trigger, triggers


def fired(trigger, iterations, per_epoch=10, asked=lambda n: True, observe=lambda n: {}, resume_at=None):
    """The iterations after which a trigger fires; a trigger made by a function is saved and loaded into a new one on the way."""
    make = trigger if resume_at is not None else lambda: trigger
    trigger, found = make(), []
    trainer = get_trainer_with_mock_updater((iterations, "iteration"), per_epoch)

    def ask(trainer):
        nonlocal trigger
        n = trainer.updater.iteration
        trainer.observation.update(observe(n))
        if asked(n) and trigger(trainer):
            found.append(n)
        if n == resume_at:
            old, trigger = trigger, make()
            trigger.serialize(NpzDeserializer(saved(old)))

    trainer.extend(ask, name="ask")
    trainer.run()
    return found


def saved(what):
    serializer = DictionarySerializer()
    what.serialize(serializer)
    return {key: np.asarray(value) for key, value in serializer.target.items()}


CASES = {
    "every third iteration": (lambda: triggers.IntervalTrigger(3, "iteration"), [3, 6, 9, 12]),
    "every half epoch": (lambda: triggers.IntervalTrigger(0.5, "epoch"), [3, 5, 8, 10, 13]),
    "points": (lambda: triggers.ManualScheduleTrigger([2, 7], "iteration"), [2, 7]),
    "a point of epochs": (lambda: triggers.ManualScheduleTrigger(1.5, "epoch"), [8]),
    "once": (lambda: triggers.OnceTrigger(), [1]),
}


@pytest.mark.parametrize("name", CASES)
def test_when_progress_fires(name):
    make, expected = CASES[name]
    assert fired(make(), 13, per_epoch=5) == expected


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("resume_at", [1, 4, 7])
def test_when_progress_fires_after_loading(name, resume_at):
    make, expected = CASES[name]
    assert fired(make, 13, per_epoch=5, resume_at=resume_at) == expected


def test_an_interval_passed_while_nobody_asked_fires_when_somebody_does():
    assert fired(triggers.IntervalTrigger(3, "iteration"), 13, asked=lambda n: n % 4 == 0) == [4, 8, 12]
    assert fired(triggers.ManualScheduleTrigger([2, 3], "iteration"), 13, asked=lambda n: n % 4 == 0) == [4]


@pytest.mark.parametrize("unit", ["iteration", "epoch"])
def test_intervals_of_no_length_are_refused(unit):
    trainer = get_trainer_with_mock_updater((0, unit))
    with pytest.raises(ZeroDivisionError, match=rf"IntervalTrigger: expected a period other than 0, got \(0, '{unit}'\)"):
        trainer.run(show_loop_exception_msg=False)


@pytest.mark.parametrize(("unit", "last"), [("iteration", 3), ("epoch", 0.3)])
def test_a_schedule_is_finished_when_its_last_point_is_reached(unit, last):
    trigger, trainer = triggers.ManualScheduleTrigger([last, last / 3], unit), get_trainer_with_mock_updater()
    finished = []
    for trainer.updater.iteration in (1, 2, 3):
        trainer.updater.epoch_detail = trainer.updater.iteration / 10
        trigger(trainer)
        finished.append(trigger.finished)
    assert finished == [False, False, True]


def test_once_more_on_resume():
    assert fired(lambda: triggers.OnceTrigger(call_on_resume=True), 5, resume_at=3) == [1, 4]


def test_time(monkeypatch):
    now = iter(range(1, 12))
    monkeypatch.setattr("chainjax.training.Trainer.elapsed_time", property(lambda self: next(now)))
    trigger = triggers.TimeTrigger(2.5)
    trainer = get_trainer_with_mock_updater()
    assert [trigger(trainer) for _ in range(9)] == [False, False, True, False, False, True, False, True, False]
    assert saved(trigger) == {"next_time": 10.0}


@pytest.mark.parametrize("cls", [triggers.IntervalTrigger, triggers.ManualScheduleTrigger])
def test_another_unit_is_refused(cls):
    with pytest.raises(ValueError, match=f"{cls.__name__}: expected unit 'epoch' or 'iteration', got 'hour'"):
        cls(1, "hour")


@pytest.mark.parametrize(
    "make", [lambda: triggers.IntervalTrigger(2, "iteration"), lambda: triggers.ManualScheduleTrigger([2, 4], "iteration")]
)
def test_files_of_chainer_1_say_less(make):
    trigger, trainer = make(), get_trainer_with_mock_updater()
    with pytest.warns(UserWarning, match="the file says nothing of"):
        trigger.serialize(NpzDeserializer({}))
    for iteration, fires in ((3, False), (4, True), (5, False)):
        trainer.updater.iteration = iteration
        assert trigger(trainer) is fires
    trigger = triggers.ManualScheduleTrigger(1, "epoch")
    with pytest.warns(UserWarning, match="the file says nothing of"):
        trigger.serialize(NpzDeserializer({}))
    assert not trigger.finished
    trainer.updater.epoch_detail, trainer.updater.previous_epoch_detail = 2.5, 2.4
    assert not trigger(trainer)
    assert trigger.finished


def test_what_users_write_for_a_trigger():
    assert get_trigger(print) is print
    assert get_trigger(None)(None) is False
    trigger = get_trigger((2, "epoch"))
    assert (str(trigger), trigger.get_training_length()) == ("IntervalTrigger(2, 'epoch')", (2, "epoch"))


def test_best_values_of_chainer_1_start_anew():
    trigger = triggers.MinValueTrigger("main/loss", (2, "iteration"))
    with pytest.warns(UserWarning, match="best_value|previous|names of statistics"):
        trigger.serialize(NpzDeserializer({}))
    assert fired(trigger, 8, observe=observe) == [2, 6]


@pytest.mark.parametrize("wrong", [5, (1,), "epoch"])
def test_what_is_no_trigger_is_refused(wrong):
    with pytest.raises(TypeError, match=r"got .*; such as \(1, 'epoch'\)"):
        get_trigger(wrong)


LOSSES = [5.0, 3, 4, 4, 1, 2, 9, 9]  # means of two: 4, 4, 1.5, 9


def observe(n):
    return {"main/loss": chainjax.Variable(np.array(LOSSES[n - 1], np.float32))}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: triggers.MinValueTrigger("main/loss", (2, "iteration")), [2, 6]),
        (lambda: triggers.MaxValueTrigger("main/loss", (2, "iteration")), [2, 8]),
        (lambda: triggers.BestValueTrigger("main/loss", lambda best, new: new >= best, (2, "iteration")), [2, 4, 8]),
    ],
)
@pytest.mark.parametrize("resume_at", [None, 1, 5, 6])
def test_best_values(make, expected, resume_at):
    assert fired(make if resume_at else make(), 8, observe=observe, resume_at=resume_at) == expected


def test_a_value_that_nobody_reports_is_told():
    with pytest.raises(KeyError, match=r"MinValueTrigger: 'main/los' was not reported.*'main/loss'"):
        fired(triggers.MinValueTrigger("main/los", (2, "iteration")), 2, observe=observe)
    with pytest.warns(UserWarning, match="main/los is not in observation"):
        fired(triggers.EarlyStoppingTrigger((2, "iteration"), "main/los"), 2, observe=observe)


def early(**options):
    return triggers.EarlyStoppingTrigger(**{"check_trigger": (2, "iteration"), "max_trigger": (100, "iteration"), **options})


@pytest.mark.parametrize(
    ("options", "stops"),
    [
        ({"patience": 1}, [4, 8]),  # 4 is not better than 4; 1.5 is; 9 is not
        ({"patience": 2}, []),
        ({"patients": 1, "mode": "max"}, [4, 6]),
        ({"max_trigger": (3, "iteration")}, [3, 6, 8]),  # it is not asked for intervals at 3 and 6, so 7 and 8 end one
    ],
)
@pytest.mark.parametrize("resume_at", [None, 3, 5])
def test_early_stopping(options, stops, resume_at):
    assert fired((lambda: early(**options)) if resume_at else early(**options), 8, observe=observe, resume_at=resume_at) == stops


def test_early_stopping_says_what_it_does(capsys):
    early(monitor="main/accuracy", verbose=True)
    fired(early(patience=1, verbose=True), 4, observe=observe)
    assert capsys.readouterr().out == "early stopping: operator is greater\nearly stopping: operator is less\nEpoch 0: early stopping\n"
    with pytest.raises(TypeError, match="patience or patients"):
        early(patience=1, patients=2)
    assert early().patience == 3
    assert early().get_training_length() == (100, "iteration")


def test_early_stopping_of_files_that_chainer_wrote_starts_anew():
    trigger = early(patience=1)
    with pytest.warns(UserWarning, match="EarlyStoppingTrigger: the file says nothing of its state, as Chainer's do; it starts anew"):
        trigger.serialize(NpzDeserializer({}))
    assert fired(trigger, 8, observe=observe) == [4, 8]
