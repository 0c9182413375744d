"""Schedules set what they say, stop at their target, and go on where a training was interrupted."""

import numpy as np
import pytest

from chainjax import optimizers, serializers
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions

#: Makes a schedule -> what ``lr`` is before training and after 1, 2, ... calls, beginning with an optimizer whose rate is 2.
SCHEDULES = {
    "exponential": (lambda: extensions.ExponentialShift("lr", 0.5), [2, 1, 0.5, 0.25, 0.125]),
    "exponential to a target": (lambda: extensions.ExponentialShift("lr", 0.5, target=0.4), [2, 1, 0.5, 0.4, 0.4]),
    "exponential up": (lambda: extensions.ExponentialShift("lr", 2, init=1, target=7), [1, 2, 4, 7, 7]),
    "exponential to 0": (lambda: extensions.ExponentialShift("lr", 0.5, target=0), [2, 1, 0.5, 0.25, 0.125]),
    "inverse": (lambda: extensions.InverseShift("lr", 1, 2), [2, 2 / 4, 2 / 9, 2 / 16, 2 / 25]),
    "inverse to a target": (lambda: extensions.InverseShift("lr", 1, 2, init=4, target=0.3), [4, 1, 4 / 9, 0.3, 0.3]),
    "inverse up": (lambda: extensions.InverseShift("lr", 1, -1, target=5), [2, 4, 5, 5, 5]),
    "linear": (lambda: extensions.LinearShift("lr", (3, 1), (1, 3)), [3, 3, 2, 1, 1]),
    "multistep": (lambda: extensions.MultistepShift("lr", 0.5, [2, 3], None), [2, 2, 1, 0.5, 0.5]),
    "polynomial": (lambda: extensions.PolynomialShift("lr", 2, 4), [2, 2 * 0.75**2, 0.5, 0.125, 0]),
    "polynomial to a target": (lambda: extensions.PolynomialShift("lr", 1, 4, target=0.75), [2, 1.5, 1, 0.75, 0.75]),
    "polynomial, negative": (lambda: extensions.PolynomialShift("lr", 1, 4, init=-2, target=-0.75), [-2, -1.5, -1, -0.75, -0.75]),
    "step": (lambda: extensions.StepShift("lr", 0.5, 2), [2, 2, 1, 1, 0.5]),
    "step to a target": (lambda: extensions.StepShift("lr", 0.5, 2, target=0.75), [2, 2, 1, 1, 0.75]),
    "step up": (lambda: extensions.StepShift("lr", 2, 1, init=1, target=5), [1, 2, 4, 5, 5]),
    "warmup": (lambda: extensions.WarmupShift("lr", 0.5, 3, 2), [0.5, 1, 1.5, 2, 2]),
    "warmup from what it is": (lambda: extensions.WarmupShift("lr", None, 2, 6), [2, 4, 6, 6, 6]),
}


def trainer_of(optimizer):
    trainer = get_trainer_with_mock_updater()
    trainer.updater.get_optimizer = {"main": optimizer}.__getitem__
    return trainer


@pytest.mark.parametrize("name", SCHEDULES)
def test_each_call_sets_the_value(name):
    make, expected = SCHEDULES[name]
    optimizer, schedule = optimizers.SGD(lr=2.0), make()
    trainer = trainer_of(optimizer)
    schedule.initialize(trainer)
    seen = [optimizer.lr]
    for _ in expected[1:]:
        schedule(trainer)
        seen.append(optimizer.lr)
    np.testing.assert_allclose(seen, expected, rtol=1e-12)


@pytest.mark.parametrize("calls", [0, 1, 3, 4])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_resumed_training_goes_on_with_the_same_values(name, calls, tmp_path):
    make, expected = SCHEDULES[name]
    first = make()
    trainer = trainer_of(optimizers.SGD(lr=2.0))
    first.initialize(trainer)
    for _ in range(calls):
        first(trainer)
    serializers.save_npz(tmp_path / "schedule.npz", first)

    optimizer, second = optimizers.SGD(lr=2.0), make()
    trainer = trainer_of(optimizer)
    second.initialize(trainer)  # as an autoload does: set up, loaded, set up again
    serializers.load_npz(tmp_path / "schedule.npz", second)
    second.initialize(trainer)
    seen = [optimizer.lr]
    for _ in expected[calls + 1 :]:
        second(trainer)
        seen.append(optimizer.lr)
    np.testing.assert_allclose(seen, expected[calls:], rtol=1e-12)


def test_another_optimizer_than_the_main_one():
    optimizer = optimizers.SGD(lr=2.0)
    schedule = extensions.StepShift("lr", 0.5, 1, optimizer=optimizer)
    schedule.initialize(None)
    schedule(None)
    assert optimizer.lr == 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: extensions.ExponentialShift("lr", -1), "expected a rate that is not negative, got -1"),
        (lambda: extensions.InverseShift("lr", -1, 1), "expected a gamma that is not negative, got -1"),
    ],
)
def test_arguments_that_make_no_schedule(make, message):
    with pytest.raises(ValueError, match=message):
        make()
