"""The training loop: what is called when, what is saved, what is said when something fails."""

import os
import random

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax import training
from chainjax.serializers import load_hdf5, load_npz, save_hdf5, save_npz
from chainjax.testing import get_trainer_with_mock_updater

FORMATS = {"npz": (save_npz, load_npz), "hdf5": (save_hdf5, load_hdf5)}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Recorder(training.Extension):
    """Writes down what the trainer does with it."""

    def __init__(self, name, seen, priority=training.PRIORITY_READER):
        self.name, self.seen, self.priority = name, seen, priority

    def initialize(self, trainer):
        self.seen.append((self.name, "initialize"))

    def __call__(self, trainer):
        self.seen.append((self.name, trainer.updater.iteration))

    def on_error(self, trainer, exc, tb):
        self.seen.append((self.name, "on_error", str(exc)))

    def finalize(self):
        self.seen.append((self.name, "finalize"))


class Jittered:
    """Examples that are a little different each time."""

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, i):
        x, t = self.examples[i]
        return x * np.float32(random.random()), t


def small_trainer(iterations, extensions=()):
    """A trainer whose steps draw random numbers: order, dropout, and a number of Python's for each example."""
    model = L.Classifier(chainjax.Sequential(L.Linear(3, 4), F.dropout, L.Linear(4, 2)))
    optimizer = chainjax.optimizers.MomentumSGD().setup(model)
    dataset = Jittered([(np.full(3, i, np.float32), np.int32(i % 2)) for i in range(6)])
    updater = training.updaters.StandardUpdater(chainjax.iterators.SerialIterator(dataset, 4), optimizer)
    return training.Trainer(updater, (iterations, "iteration"), extensions=extensions)


def weights(trainer):
    return [param.array.copy() for param in trainer.updater.get_optimizer("main").target.params()]


def test_extensions_are_called_by_priority_and_then_in_their_order():
    seen = []
    trainer = get_trainer_with_mock_updater((1, "iteration"))
    for name, priority in (("low", 1), ("first", 50), ("second", 50), ("high", 300)):
        trainer.extend(Recorder(name, seen, priority))
    trainer.run()
    order = ["high", "first", "second", "low"]
    assert seen == [(name, what) for what in ("initialize", 1, "finalize") for name in order]


def test_a_snapshot_of_the_trainer_is_made_when_all_of_its_priority_are_done(monkeypatch):
    seen = []
    trainer = get_trainer_with_mock_updater((1, "iteration"))
    for name, target in (("whole", None), ("part", trainer.updater)):
        snapshot = training.extensions.snapshot(target=target, trigger=(1, "iteration"))
        monkeypatch.setattr(snapshot, "_save", lambda trainer, name=name: seen.append(name))
        trainer.extend(snapshot)
    trainer.extend(lambda trainer: seen.append("other"), name="other", priority=-100)
    trainer.run()
    assert seen == ["part", "other", "whole"]


def test_an_extension_that_is_called_before_training_sees_an_observation_of_its_own():
    seen = []
    trainer = get_trainer_with_mock_updater((2, "iteration"))
    trainer.extend(Recorder("both", seen), call_before_training=True)
    trainer.extend(Recorder("after", seen))
    trainer.run()
    assert [what for what in seen if isinstance(what[1], int)] == [("both", 0), ("both", 1), ("after", 1), ("both", 2), ("after", 2)]


def test_names():
    trainer = get_trainer_with_mock_updater()

    @training.make_extension(default_name="mine")
    def function(trainer):
        pass

    for extension in (function, function, lambda t: None, Recorder(None, []), Recorder("given", [])):
        trainer.extend(extension)
    assert list(trainer._extensions) == ["mine", "mine_1", "<lambda>", "Recorder", "given"]
    assert trainer.get_extension("mine_1") is function
    with pytest.raises(ValueError, match="extension yours not found; there are mine,"):
        trainer.get_extension("yours")
    with pytest.raises(ValueError, match="'training'"):
        trainer.extend(lambda t: None, name="training")
    with pytest.raises(TypeError, match="name is not given"):
        trainer.extend(type("Nameless", (), {"__call__": print})())


def test_code_for_chainer_1_is_told_what_has_changed():
    for call in (
        lambda: get_trainer_with_mock_updater().extend(print, invoke_before_training=True),
        lambda: training.make_extension(invoke_before_training=True),
    ):
        with pytest.raises(ValueError, match=r"no more since Chainer 2.*call_before_training"):
            call()
    with pytest.raises(AttributeError, match="no more since Chainer 2"):
        training.Extension().invoke_before_training  # noqa: B018


def test_a_loop_that_fails_tells_the_extensions_and_finalizes_all(capsys):
    seen = []
    trainer = get_trainer_with_mock_updater((5, "iteration"))
    trainer.extend(Recorder("first", seen, priority=2))

    class Failing(Recorder):
        def __call__(self, trainer):
            if trainer.updater.iteration == 2:
                raise KeyError("no such thing")

        def on_error(self, trainer, exc, tb):
            raise OSError("not told either")

        def finalize(self):
            raise ArithmeticError("finalize too")

    trainer.extend(Failing("failing", seen), priority=1)
    trainer.extend(Recorder("last", seen, priority=0))
    with pytest.raises(ArithmeticError, match="finalize too") as caught:
        trainer.run()
    first = caught.value.__context__
    assert isinstance(first, KeyError)
    assert first.__notes__ == ["Trainer: raised by the extension 'failing', after 2 iterations (epoch 0.2)"]
    assert ("first", "on_error", "'no such thing'") in seen
    assert ("last", "on_error", "'no such thing'") in seen
    assert seen[-2:] == [("first", "finalize"), ("last", "finalize")]
    trainer.updater.finalize.assert_called_once_with()
    printed = capsys.readouterr().err
    assert printed.startswith("Exception in main training loop: 'no such thing'\nTraceback (most recent call last):\n")
    assert "Will finalize trainer extensions and updater before reraising the exception.\nException in error handler: not told" in printed


def test_a_step_that_fails_says_where(capsys):
    trainer = small_trainer(5)
    trainer.updater.get_iterator("main").dataset.examples = [(None, 0)] * 6
    with pytest.raises(Exception, match=r".*") as caught:
        trainer.run(show_loop_exception_msg=False)
    assert caught.value.__notes__[-1] == "Trainer: raised by the step of StandardUpdater, after 0 iterations (epoch 0.6666666666666666)"
    assert capsys.readouterr().err == ""


def test_an_interrupt_finalizes_and_is_no_error():
    seen = []
    trainer = get_trainer_with_mock_updater()

    def interrupt():
        raise KeyboardInterrupt

    trainer.updater.update = interrupt
    trainer.extend(Recorder("it", seen))
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert seen == [("it", "initialize"), ("it", "finalize")]


def test_it_runs_once():
    trainer = get_trainer_with_mock_updater((2, "iteration"))
    with pytest.raises(RuntimeError, match="not been started"):
        trainer.elapsed_time  # noqa: B018
    trainer.run()
    assert trainer.elapsed_time == trainer.elapsed_time > 0
    with pytest.raises(RuntimeError, match="multiple times"):
        trainer.run()


def test_an_output_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "result").write_text("a file")
    with pytest.warns(UserWarning, match="the folder 'result' cannot be made"):
        get_trainer_with_mock_updater((1, "iteration")).run()


def test_an_optimizer_without_a_link_is_told():
    iterator = chainjax.iterators.SerialIterator([1], 1)
    updater = training.updaters.StandardUpdater(iterator, chainjax.optimizers.SGD())
    with pytest.raises(RuntimeError, match=r"'main'.*optimizer.setup\(model\)"):
        training.Trainer(updater)


def test_extensions_whose_trigger_is_finished_are_not_initialized():
    seen = []
    trigger = training.triggers.OnceTrigger()
    trigger(None)
    trainer = get_trainer_with_mock_updater((1, "iteration"))
    trainer.extend(Recorder("over", seen), trigger=trigger)
    trainer.run()
    assert seen == [("over", "finalize")]


def test_a_snapshot_loaded_by_an_extension_lets_those_before_set_up_again():
    seen = []

    class Loading(Recorder):
        def initialize(self, trainer):
            super().initialize(trainer)
            if os.path.exists("snapshot"):
                load_npz("snapshot", trainer)

    def trainer(iterations):
        return small_trainer(iterations, [Recorder("before", seen), Loading("loading", seen, -100), Recorder("after", seen, -200)])

    first = trainer(3)
    first.run()
    save_npz("snapshot", first)
    del seen[:]
    trainer(4).run()
    assert [name for name, what in seen if what == "initialize"] == ["before", "loading", "before", "after"]
    assert [name for name, what in seen if what == 4] == ["before", "loading", "after"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_resumed_training_goes_the_same_way(kind):
    save, load = FORMATS[kind]
    with chainjax.using_config("deterministic", True):
        np.random.seed(0)
        random.seed(0)
        whole = small_trainer(9)
        whole.extend(lambda trainer: save("snapshot", trainer), name="save", trigger=(4, "iteration"), priority=-100)
        whole.run()

        np.random.seed(1)
        random.seed(1)
        resumed = small_trainer(9)
        load("snapshot", resumed)
        assert resumed.updater.iteration == 8
        resumed.run()
    assert resumed.updater.iteration == 9
    for a, b in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", FORMATS)
def test_all_random_numbers_go_on(kind):
    save, load = FORMATS[kind]
    ones = chainjax.get_device("@jax:cpu:1").send(np.ones(20, np.float32))

    def draws():
        return np.random.randn(), np.random.rand(), random.gauss(0, 1), random.random(), *F.dropout(ones).array.get().tolist()

    trainer, other = small_trainer(1), small_trainer(1)
    trainer.run()
    np.random.seed(0)
    random.seed(0)
    np.random.randn()  # one of a pair: the other waits in the state
    random.gauss(0, 1)
    save("snapshot", trainer)
    expected = draws()
    assert draws() != expected
    load("snapshot", other)
    assert draws() == expected
    random.seed(0)
    random.random()
    save("snapshot", trainer)  # and here none waits
    expected = random.gauss(0, 1)
    random.gauss(0, 1)
    random.gauss(0, 1)
    load("snapshot", other)
    assert random.gauss(0, 1) == expected


def test_a_resumed_training_is_not_before_training():
    seen = []
    trainer = get_trainer_with_mock_updater((3, "iteration"))
    trainer.updater.iteration = 2  # as after loading
    trainer.extend(Recorder("it", seen), call_before_training=True)
    assert not trainer.is_before_training
    trainer.run()
    assert [what for _, what in seen] == ["initialize", 3, "finalize"]


def test_a_snapshot_without_random_numbers_leaves_them_alone():
    trainer = small_trainer(2)
    trainer.run()
    save_npz("snapshot", trainer)
    with np.load("snapshot", allow_pickle=True) as file:
        np.savez("as_chainer.npz", **{key: file[key] for key in file.files if not key.startswith("random/")})
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    new = small_trainer(3)
    np.random.seed(3)
    load_npz("as_chainer.npz", new)
    assert new.updater.iteration == 2
    assert np.random.rand() == expected


def test_elapsed_time_goes_on_after_loading():
    first = small_trainer(2)
    first.run()
    save_npz("snapshot", first)
    second = small_trainer(3)
    load_npz("snapshot", second)
    second.run()
    assert second.elapsed_time > first.elapsed_time


def test_nothing_in_the_loop_waits_for_numbers():
    trainer = small_trainer(20)
    trainer.extend(lambda trainer: None, name="best", trigger=training.triggers.MinValueTrigger("main/loss", (20, "iteration")))
    trainer.extend(lambda trainer: sums.add(trainer.observation), name="log")
    sums = chainjax.DictSummary()
    chainjax.engine.reset_statistics()
    trainer.run()
    assert {reason for reason, line in chainjax.engine.statistics()["lines"]} == {"update"}
    assert sums.compute_mean()["main/loss"] > 0
