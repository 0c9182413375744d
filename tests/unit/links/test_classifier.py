"""Classifier: where labels come from, what it keeps and reports."""

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import functions as F

X, T = np.float32([[1, 2], [3, 4]]), np.int32([0, 1])


class Sum(chainjax.Link):
    """Takes arguments of any names."""

    def forward(self, *args, **kwargs):
        return sum([*args, *kwargs.values()])


def classifier(label_key=-1):
    return L.Classifier(Sum(), lossfun=lambda y, t: F.sum(y) * float(t), accfun=lambda y, t: t, label_key=label_key)


@pytest.mark.parametrize(
    ("key", "args", "kwargs"),
    [
        (-1, (X, X, 3), {}),
        (0, (3, X), {"more": X}),
        (1, (X, 3, X), {}),
        (-2, (X, 3, X), {}),
        ("t", (X,), {"t": 3, "more": X}),
        ("t", (), {"x": 2 * X, "t": 3}),
    ],
)
def test_labels_are_taken_out_of_the_arguments(key, args, kwargs):
    model = classifier(key)
    assert model(*args, **kwargs).array == 60
    assert model.accuracy == 3
    np.testing.assert_array_equal(model.y if isinstance(model.y, np.ndarray) else model.y.array, 2 * X)
    assert kwargs.get("t", 3) == 3  # the caller's dictionary stays


@pytest.mark.parametrize(("key", "args", "message"), [("t", (X, T), "is not found"), (2, (X, T), "out of bounds"), (-3, (X, T), "out of")])
def test_labels_that_are_not_there(key, args, message):
    with pytest.raises(ValueError, match=message):
        classifier(key)(*args)


@pytest.mark.parametrize("key", [None, 1.0, (1,)])
def test_keys_are_positions_or_names(key):
    with pytest.raises(TypeError, match="label_key must be int or str"):
        classifier(key)


def test_it_reports_what_it_computes():
    model = L.Classifier(L.Linear(2, 2))
    for compute in (True, False):
        model.compute_accuracy = compute
        reporter = chainjax.Reporter()
        reporter.add_observer("main", model)
        with reporter:
            loss = model(X, T)
        assert model.loss is loss
        assert set(reporter.observation) == {"main/loss", *(["main/accuracy"] if compute else [])}
        assert (model.accuracy is not None) == compute


def test_a_call_that_fails_leaves_nothing_of_the_one_before():
    model = L.Classifier(L.Linear(2, 2))
    model(X, T)
    with pytest.raises(chainjax.utils.type_check.InvalidType):
        model(np.ones((2, 3), "f"), T)
    assert (model.y, model.loss, model.accuracy) == (None, None, None)


def test_losses_and_accuracies_may_be_exchanged():
    model = L.Classifier(L.Linear(2, 1), F.mean_squared_error)
    model.compute_accuracy = False
    np.testing.assert_allclose(model(X, X[:, :1]).array, F.mean_squared_error(model.predictor(X), X[:, :1]).array)
    model.lossfun, model.compute_accuracy, model.accfun = F.mean_absolute_error, True, F.r2_score
    np.testing.assert_allclose(model(X, X[:, :1]).array, F.mean_absolute_error(model.predictor(X), X[:, :1]).array)
    np.testing.assert_allclose(model.accuracy.array, F.r2_score(model.y, X[:, :1]).array)
