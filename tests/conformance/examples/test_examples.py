"""The parts of the runner of Chainer's examples; and, where ``CHAINER_SRC`` names a checkout of Chainer 7.8.1, some of the examples."""

import json
import math
import os
import pathlib
import sys

import numpy as np
import pytest

import chainjax
import chainjax.training
from chainjax import dataset, datasets, using_config
from chainjax.links.caffe import CaffeFunction

from . import data, run
from .cases import CASES, LOG, Case

HERE = pathlib.Path(__file__).parent


def case(name):
    return next(c for c in CASES if c.name == name)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """All kinds of data but those that take more than a moment."""
    kinds = sorted(set(data.MAKERS) - {"vgg", "googlenet", "facade", "digits", "caffenet"})
    return data.make(tmp_path_factory.mktemp("examples"), kinds, "tiny")


# data -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cached(made):
    before = dataset.get_dataset_root()
    dataset.set_dataset_root(str(made / "dataset"))
    yield
    dataset.set_dataset_root(before)


@pytest.mark.usefixtures("cached")
def test_downloads_are_read_from_where_they_lie():
    train, test = datasets.get_mnist()
    assert (len(train), len(test), train[0][0].shape) == (1000, 200, (784,))
    train, test = datasets.get_cifar100()
    assert (len(train), len(test), train[0][0].shape) == (128, 64, (3, 32, 32))
    words, _, _ = datasets.get_ptb_words()
    assert words.max() + 1 == len(datasets.get_ptb_words_vocabulary()) == 60


def test_data_are_the_same_each_time(made, tmp_path):
    again = data.make(tmp_path, ["babi", "trees"], "tiny")
    for name in ("babi/train.txt", "trees/dev.txt"):
        assert (again / name).read_bytes() == (made / name).read_bytes()
    (again / "babi/train.txt").write_text("changed")
    assert (data.make(tmp_path, ["babi"], "tiny") / "babi/train.txt").read_text() == "changed"  # what is there stays


def test_trees_are_binary_and_have_labels(made):
    for line in (made / "trees/train.txt").read_text().splitlines():
        assert line.count("(") == line.count(")") == 2 * len([w for w in line.replace(")", "").split() if w[0] != "("]) - 1


def test_answers_of_stories_stand_in_them(made):
    story = []
    for line in (made / "babi/train.txt").read_text().splitlines():
        number, text = line.split(" ", 1)
        story = [] if number == "1" else story
        if "\t" in text:
            question, answer, fact = text.split("\t")
            assert question.split()[2].rstrip("?") in story[int(fact) - 1]
            assert story[int(fact) - 1].endswith(f"the {answer}.")
        story.append(text)


@pytest.mark.parametrize("name", ["gym", "librosa"])
def test_what_stands_in_for_packages(name, made, monkeypatch):
    monkeypatch.syspath_prepend(str(HERE / "standins"))
    for loaded in [m for m in sys.modules if m.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, loaded)
    module = __import__(name)
    if name == "gym":
        for what in ("CartPole-v0", "Pendulum-v0"):
            env = module.make(what)
            first = env.reset()
            seen, reward, done, _ = env.step(np.array([1]))
            assert seen.shape == first.shape == env.observation_space.low.shape
            assert math.isfinite(reward)
            assert not done
    else:
        samples, rate = module.load(str(made / "VCTK-Corpus/wav48/p225/p225_000.wav"), 16000)
        trimmed, (start, stop) = module.effects.trim(samples, 20)
        assert len(trimmed) == stop - start <= len(samples) == 400
        power = module.feature.melspectrogram(np.resize(samples, 2048), rate, n_fft=1024, hop_length=256, n_mels=16)
        assert power.shape == (16, 9)
        assert module.power_to_db(power).max() == 0


def test_studies_that_stand_in_for_optunas(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE / "standins"))
    monkeypatch.setitem(sys.modules, "chainer", chainjax)
    monkeypatch.setitem(sys.modules, "chainer.training", chainjax.training)
    for loaded in [m for m in sys.modules if m.split(".")[0] == "optuna"]:
        monkeypatch.delitem(sys.modules, loaded)
    import optuna

    class Updater:
        epoch = iteration = epoch_detail = 1
        is_new_epoch = True

    class Trainer:
        updater = Updater

    def objective(trial):
        x = trial.suggest_float("x", 1e-3, 1.0, log=True)
        assert trial.suggest_int("n", 1, 3) in (1, 2, 3)
        assert trial.suggest_categorical("kind", ["a", "b"]) in ("a", "b")
        Trainer.observation = {"score": x}
        optuna.integration.ChainerPruningExtension(trial, "score", (1, "epoch"))(Trainer)
        return x

    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner())
    study.optimize(objective, n_trials=100)
    drawn = [trial.params["x"] for trial in study.trials]
    assert len(set(drawn)) == optuna.TRIALS
    assert study.best_trial.value == max(drawn)
    kept = [x for n, x in enumerate(drawn) if n == 0 or x >= np.median(drawn[:n])]
    assert [t.params["x"] for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE] == kept != drawn


def test_a_network_of_caffe_in_small(tmp_path):
    pytest.importorskip("google.protobuf", reason="protobuf is an extra")
    net = CaffeFunction(data.make(tmp_path, ["caffenet"], "tiny") / "caffenet.caffemodel")
    with using_config("train", False):
        (y,) = net({"data": np.ones((1, 3, 227, 227), np.float32)}, ["fc8"])
    assert y.shape == (1, 10)
    assert np.isfinite(y.array).all()


# what is compared -------------------------------------------------------------------------------------------------------


def test_numbers_are_read_from_logs_and_from_what_is_printed(tmp_path):
    (tmp_path / "result").mkdir()
    (tmp_path / "result/log").write_text(json.dumps([{"main/loss": 1.5, "elapsed_time": 3.0, "epoch": 1}]))
    assert run.numbers(Case("a", ()), tmp_path, "") == [{"main/loss": 1.5}]
    printed = Case("a", (), numbers=r"loss: (\S+), accuracy: (\S+)", shown="loss")
    entries = run.numbers(printed, tmp_path, "loss: 2, accuracy: 0.5\nloss: 1, accuracy: 0.75\n")
    assert entries == [{"loss": [2, 0.5]}, {"loss": [1, 0.75]}]
    assert run.last(printed, entries) == 1
    (tmp_path / "result/log").write_text(json.dumps([{"main/loss": 1.5, "main/accuracy": 0.5}]))
    assert run.numbers(Case("a", (), without="accuracy"), tmp_path, "") == [{"main/loss": 1.5}]
    (tmp_path / "result/log").unlink()
    with pytest.raises(run.Failed, match="0 files of LogReport"):
        run.numbers(Case("a", (), numbers=LOG), tmp_path, "")


def test_how_far_apart_numbers_are():
    assert run.apart([{"a": 2.0}, {"a": 1.0}], [{"a": 2.0}, {"a": 1.25}]) == 0.2
    assert run.apart([{"a": [1.0, 3.0]}], [{"a": [1.0, 2.0]}]) == 0.5
    assert run.apart([{"a": 1.0}], [{"b": 1.0}]) == run.apart([{"a": 1.0}], []) == math.inf
    assert run.apart([{"a": 1.0}], [{"a": 1.0}, {"a": 2.0}]) == math.inf
    assert run.apart([{"a": 1.0}], [{"a": 1.0}, {"a": 2.0}], stopped=True) == 0
    assert run.apart([{"a": math.nan}], [{"a": 1.0}]) == math.inf


def test_the_table_of_cases_is_whole():
    names = [c.name for c in CASES]
    assert len(set(names)) == len(names)
    assert {kind for c in CASES for kind in c.data} == set(data.MAKERS)
    golden, results = run.load(run.GOLDEN), run.load(run.RESULTS)
    assert set(golden) <= set(names)
    for name, result in results.items():
        if "tiny" in result:
            assert result["tiny"]["apart"] <= case(name).tolerance, name
            assert name in golden


def test_the_document_says_what_was_found():
    assert run.DOCUMENT.read_text() == run.document(run.load(run.RESULTS))


# the examples -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist, custom loop", "serialization", "sentiment", "reinforcement learning, DQN"])
def test_examples_log_what_they_log_under_real_chainer(name, made):
    folder = os.environ.get("CHAINER_SRC")
    if not folder:
        pytest.skip("CHAINER_SRC names no checkout of Chainer 7.8.1")
    entries, _, _ = run.run(case(name), "tiny", run.ours(), pathlib.Path(folder) / "examples", made)
    assert run.apart(entries, run.load(run.GOLDEN)[name]) <= case(name).tolerance
