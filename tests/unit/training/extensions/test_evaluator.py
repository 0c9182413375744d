"""Evaluations: what is reported under which names, and what is left as it was."""

import copy

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax.iterators import SerialIterator
from chainjax.testing import get_trainer_with_mock_updater
from chainjax.training import extensions


class Sums(chainjax.Chain):
    """Reports the sum of what it gets, and whether it trains."""

    def forward(self, x=None, *more, **named):
        total = sum(float(np.sum(a)) for a in (x, *more, *named.values()) if a is not None)
        chainjax.report({"sum": total, "trains": float(chainjax.config.train), "graph": float(chainjax.config.enable_backprop)}, self)


def sweep(data, batch_size=2):
    return SerialIterator(data, batch_size, repeat=False, shuffle=False)


def test_means_over_minibatches_under_the_name_of_the_extension():
    trainer = get_trainer_with_mock_updater((2, "iteration"), iter_per_epoch=1)
    seen = []
    trainer.extend(extensions.Evaluator(sweep([np.float32(i) for i in range(5)]), Sums()))
    trainer.extend(lambda t: seen.append(dict(t.observation)), name="collects")
    trainer.run()
    expected = {"validation/main/sum": 10 / 3, "validation/main/trains": 0.0, "validation/main/graph": 0.0}
    assert seen == [expected, expected]


@pytest.mark.parametrize("converted", [np.float32(3), (np.float32(1), np.float32(2)), {"x": np.float32(1), "y": np.float32(2)}])
def test_what_a_converter_gives_are_the_arguments(converted):
    evaluator = extensions.Evaluator(sweep([0]), Sums(), converter=lambda batch, device: converted)
    assert evaluator()["main/sum"] == 3.0


def test_a_hook_a_function_and_several_targets():
    hooked = []
    links = {"main": L.Linear(1, 1), "other": Sums()}
    iterators = {"main": sweep([1.0, 2.0])}
    evaluator = extensions.Evaluator(iterators, links, eval_hook=hooked.append, eval_func=links["other"])
    assert evaluator()["other/sum"] == 3.0
    assert hooked == [evaluator]
    assert evaluator.get_iterator("main") is evaluator.get_all_iterators()["main"] is iterators["main"]
    assert evaluator.get_target("other") is evaluator.get_all_targets()["other"] is links["other"]


def test_an_exception_leaves_the_reporter_as_it_was():
    reporter = chainjax.Reporter()

    def fail(x):
        chainjax.report({"x": 1})
        raise ValueError("bad example")

    with reporter, pytest.raises(ValueError, match="bad example"):
        extensions.Evaluator(sweep([1.0]), Sums(), eval_func=fail)()
    assert reporter.observation == {}
    assert chainjax.config.train


def test_an_iterator_that_repeats_is_warned_of():
    with pytest.warns(UserWarning, match="the iterator 'main' repeats.*repeat=False"):
        extensions.Evaluator(SerialIterator([1], 1), Sums())


def test_an_iterator_without_reset_is_copied():
    class Once(chainjax.dataset.Iterator):
        left = 2

        def __next__(self):
            if not self.left:
                raise StopIteration
            self.left -= 1
            return [np.float32(1)]

    iterator = Once()
    with pytest.warns(DeprecationWarning, match="Once has no method reset"):
        assert extensions.Evaluator(iterator, Sums())()["main/sum"] == 1.0
    assert iterator.left == copy.copy(iterator).left == 2


def test_a_bar_needs_to_know_where_the_iterator_is():
    class Blind(chainjax.dataset.Iterator):
        def __next__(self):
            raise StopIteration

        def reset(self):
            pass

    with pytest.raises(TypeError, match=r"expected an iterator with current_position and epoch_detail.*Blind"):
        extensions.Evaluator(Blind(), Sums(), progress_bar=True)()


def test_the_bar_of_an_evaluation(capsys, monkeypatch):
    from chainjax.training.extensions import _evaluator

    evaluator = extensions.Evaluator(sweep([1.0] * 4), Sums(), progress_bar=True)
    evaluator()
    assert capsys.readouterr().out == ""  # over before a line is worth it
    monkeypatch.setattr(_evaluator._IteratorBar, "_seconds", 0)
    evaluator()
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("validation 50.00%, 2 / 4 iterations, ")


def test_iterators_are_finalized_with_the_trainer():
    finalized = []
    iterator = sweep([1.0])
    iterator.finalize = lambda: finalized.append(True)
    trainer = get_trainer_with_mock_updater((1, "iteration"))
    trainer.extend(extensions.Evaluator(iterator, Sums()))
    trainer.run()
    assert finalized == [True]


def test_arrays_are_sent_to_the_device():
    seen = []
    evaluator = extensions.Evaluator(sweep([np.float32(1)]), Sums(), device="@jax:cpu:1", eval_func=seen.append)
    evaluator()
    assert chainjax.backend.get_device_from_array(seen[0]) == chainjax.get_device("@jax:cpu:1")
