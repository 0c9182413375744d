"""Running statistics: when they move, where they are, and what files of older releases mean."""

import warnings

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import engine
from chainjax import functions as F

X = np.random.default_rng(0).normal(size=(3, 5, 4)).astype("f")
LINKS = {
    "batch": lambda: L.BatchNormalization(4),
    "renormalised": lambda: L.BatchRenormalization(4, rmax=2, dmax=1),
    "whitened": lambda: L.DecorrelatedBatchNormalization(4, groups=2),
}
each = pytest.mark.parametrize("make", LINKS.values(), ids=LINKS)


def statistics(link):
    return [np.array(getattr(link, name)) for name in link._statistics]


@each
def test_only_training_moves_them(make):
    link = make()
    before = statistics(link)
    with chainjax.using_config("train", False):
        link(X[0])
    for a, b in zip(statistics(link), before, strict=True):
        np.testing.assert_array_equal(a, b)
    link(X[0])
    for a, b in zip(statistics(link), before, strict=True):
        assert (a != b).any()


@each
def test_fine_tuning_takes_the_mean_of_all_batches(make):
    link, batches = make(), []
    for x in X:
        one = make()
        one(x, finetune=True)
        batches.append(statistics(one))
    for _ in range(2):
        link.start_finetuning()
        assert link.N == 0
        for x in X:
            link(x, finetune=True)
        assert len(X) == link.N
        for a, expected in zip(statistics(link), zip(*batches, strict=True), strict=True):
            np.testing.assert_allclose(a, np.mean(expected, 0), 1e-4, 1e-6)
    link(X[0])
    assert len(X) == link.N


@each
def test_a_call_that_fails_is_no_batch(make):
    link = make()
    before = statistics(link)
    with pytest.raises(chainjax.utils.type_check.InvalidType):
        link(np.ones((5, 3), "f"), finetune=True)
    assert link.N == 0
    for a, b in zip(statistics(link), before, strict=True):
        np.testing.assert_array_equal(a, b)


@each
def test_they_are_not_looked_at_in_training(make):
    class Model(chainjax.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.fc, self.norm = L.Linear(4, 4), make()

        def forward(self, x):
            return F.sum(self.norm(self.fc(x)) ** 2)

    model = Model()
    optimizer = chainjax.optimizers.SGD(0.01).setup(model)
    for _ in range(4):
        optimizer.update(model, X[0])
    str(model)
    before = engine.statistics()
    for _ in range(3):
        optimizer.update(model, X[0])
    after = engine.statistics()
    assert after["flushes"] - before["flushes"] == 3
    assert after["compiles"] == before["compiles"]
    assert not any(isinstance(model.norm.__dict__[name].content, np.ndarray) for name in model.norm._statistics)


@each
def test_what_is_computed_again_moves_nothing(make):
    found = []
    for call in (lambda link, x: link(x), F.forget):
        link, x = make(), chainjax.Variable(X[0])
        link(X[1])
        F.sum(call(link, x) ** 3).backward()
        found.append([x.grad, *statistics(link)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-5)


@each
def test_what_is_computed_again_is_no_other_batch(make):
    link, x = make(), chainjax.Variable(X[0])
    y = F.forget(lambda x: link(x, finetune=True), x)
    assert link.N == 1
    before = statistics(link)
    link.start_finetuning()
    F.sum(y**3).backward()
    assert link.N == 0
    for a, b in zip(statistics(link), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_array_of_statistics_is_followed_by_its_holder():
    link = L.BatchNormalization(4)
    mean = link.avg_mean
    link(X[0])
    assert link.avg_mean is mean
    np.testing.assert_allclose(mean, 0.1 * X[0].mean(0), 1e-5, 1e-6)
    link.avg_mean = np.ones(4, "f")
    with chainjax.using_config("train", False):
        np.testing.assert_allclose(link(np.ones((1, 4), "f")).array, 0, atol=1e-6)


def test_parameters_of_mixed_precision_are_single():
    with chainjax.using_config("dtype", chainjax.mixed16):
        links = [L.BatchNormalization(4), L.BatchRenormalization(4), L.GroupNormalization(2, 4)]
    for link in links:
        assert {p.dtype for p in link.params()} == {np.dtype("f")}
        for train in (True, False):
            with chainjax.using_config("train", train):
                assert link(X[0].astype("f2")).dtype == np.float16
        for name in getattr(link, "_statistics", ()):
            assert getattr(link, name).dtype == np.float32


@pytest.mark.parametrize("used", [{"use_gamma": False}, {"use_beta": False}, {"use_gamma": False, "use_beta": False}])
@pytest.mark.parametrize("cls", [L.BatchNormalization, L.BatchRenormalization])
def test_left_out_parameters_do_nothing(cls, used):
    link, whole = cls(4, **used), cls(4)
    assert {name for name, _ in link.namedparams()} == {f"/{name}" for name in ("gamma", "beta") if used.get(f"use_{name}", True)}
    for train in (True, False):
        with chainjax.using_config("train", train):
            np.testing.assert_allclose(link(X[0]).array, whole(X[0]).array, 1e-5)


def test_renormalisation_starts_from_given_statistics():
    link = L.BatchRenormalization(4, initial_avg_mean=2, initial_avg_var=np.arange(4, dtype="f"))
    np.testing.assert_array_equal(link.avg_mean, [2, 2, 2, 2])
    np.testing.assert_array_equal(link.avg_var, [0, 1, 2, 3])


def test_printed():
    assert str(L.BatchNormalization(4)) == "BatchNormalization(size=4, decay=0.9, eps=2e-05, dtype=float32, use_gamma=True, use_beta=True)"
    assert "size=None" in str(L.BatchNormalization(axis=0))
    assert "size=()" in str(L.BatchNormalization(()))


def test_refused():
    with pytest.raises(RuntimeError, match="size or axis is required"):
        L.BatchNormalization()
    with pytest.raises(ValueError, match="using_config"):
        L.BatchNormalization(4)(X[0], test=True)
    with pytest.raises(RuntimeError, match="from 0 on"):
        L.BatchNormalization(axis=-1)(X[0])
    with pytest.raises(chainjax.utils.type_check.InvalidType, match=r"running statistics: expected shape \(1, 4\), to fit x, got \(1, 5\)"):
        L.DecorrelatedBatchNormalization(5, groups=1)(X[0])
    with pytest.raises(ValueError, match="axes of samples and channels"):
        L.GroupNormalization(1)(X[0, 0])


@pytest.mark.parametrize(
    "make",
    [lambda: L.BatchNormalization(2), lambda: L.BatchRenormalization(2), lambda: L.GroupNormalization(2), lambda: L.LayerNormalization(2)],
)
def test_gradients_in_half_precision_are_finite_where_nothing_varies(make):
    with chainjax.using_config("dtype", np.dtype("f2")):
        link, x = make(), chainjax.Variable(np.full((3, 2), 2, "f2"))
        y = link(x)
    F.sum(y * np.arange(6, dtype="f2").reshape(3, 2)).backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("kind", ["npz", "hdf5"])
@pytest.mark.parametrize("groups", [1, 2])
def test_statistics_without_groups_are_those_of_each(kind, groups, tmp_path):
    class Old(chainjax.Link):
        def __init__(self):
            super().__init__()
            self.add_persistent("avg_mean", np.float32([1, 2]))
            self.add_persistent("avg_projection", np.float32([[1, 2], [3, 4]]))
            self.add_persistent("N", 3)

    path = tmp_path / f"old.{kind}"
    getattr(chainjax.serializers, f"save_{kind}")(path, Old())
    link = L.DecorrelatedBatchNormalization(2 * groups, groups)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(chainjax.serializers, f"load_{kind}")(path, link)
    assert [("older" in str(w.message)) for w in caught] == [True] * (2 * (groups > 1))
    assert link.N == 3
    np.testing.assert_array_equal(link.avg_mean, [[1, 2]] * groups)
    np.testing.assert_array_equal(link.avg_projection, [[[1, 2], [3, 4]]] * groups)


def test_a_load_that_fails_is_taken_back(tmp_path):
    path = tmp_path / "other.npz"
    chainjax.serializers.save_npz(path, L.DecorrelatedBatchNormalization(6, groups=2))
    link = L.DecorrelatedBatchNormalization(4, groups=2)
    link(X[0])
    before = statistics(link)
    with pytest.raises(ValueError, match=r"expected avg_mean of shape \(2, 2\), got \(2, 3\)"):
        chainjax.serializers.load_npz(path, link)
    for a, b in zip(statistics(link), before, strict=True):
        np.testing.assert_array_equal(a, b)
