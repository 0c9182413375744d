"""Recurrent links: their state, its way through copies and devices; trees; sequences of several lengths."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine

STATEFUL = [L.LSTM, L.StatefulGRU, L.StatefulMGU, L.StatefulPeepholeLSTM, L.StatefulZoneoutLSTM]
stateful = pytest.mark.parametrize("make", STATEFUL)
settable = pytest.mark.parametrize("make", [cls for cls in STATEFUL if hasattr(cls, "set_state")])
sequential = pytest.mark.parametrize("make", [L.NStepLSTM, L.NStepBiGRU, L.NStepRNNTanh])
COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x)), "copy": lambda x: x.copy("copy")}

X = np.random.default_rng(0).normal(size=(4, 2, 3)).astype("f")


def looks():
    """How often something had to be computed because it was looked at; a tape that grows long runs by itself."""
    statistics = engine.statistics()
    return statistics["flushes"] - statistics["bounded"]


def states(link):
    return [getattr(link, name) for name in link._state]


def steps(link, xs=X):
    with chainjax.using_config("train", False):
        return [link(x).array for x in xs]


@stateful
def test_a_state_is_kept_until_it_is_reset(make):
    link = make(3, 2)
    assert states(link) == [None] * len(link._state)
    first, second = steps(link), steps(link)
    assert not np.allclose(first, second)
    link.reset_state()
    assert states(link) == [None] * len(link._state)
    np.testing.assert_allclose(steps(link), first, 1e-6, 1e-7)  # whole programs may round otherwise than entry by entry


@settable
def test_a_state_can_be_set(make):
    link, other = make(3, 2), make(3, 2)
    other.copyparams(link)
    steps(link)
    other.set_state(*states(link))
    np.testing.assert_array_equal(steps(other), steps(link))
    wrong = [np.zeros((2, 2), "f")] * len(link._state)
    with pytest.raises(TypeError, match=rf"{make.__name__}.set_state: expected a Variable as \w, got ndarray"):
        link.set_state(*wrong)


@stateful
def test_a_state_moves_with_its_link(make):
    link = make(3, 2)
    steps(link)
    expected = [s.array for s in states(link)]
    device = chainjax.get_device("@jax:cpu:0")
    link.to_device(device)
    assert all(s.device == device for s in states(link))
    link.to_device("@numpy")
    for a, b in zip(states(link), expected, strict=True):
        np.testing.assert_array_equal(a.array, b)


@settable
def test_a_state_that_is_set_comes_to_the_link(make):
    link = make(3, 2).to_device("@jax:cpu:0")
    link.set_state(*[chainjax.Variable(np.zeros((2, 2), "f")) for _ in link._state])
    assert all(s.device == link.device for s in states(link))


@stateful
def test_a_state_starts_where_the_link_is(make):
    link = make(3, 2).to_device("@jax:cpu:0")
    assert link(link.device.send(X[0])).device == link.device


@stateful
@pytest.mark.parametrize("way", COPIES)
def test_copies_have_a_state_of_their_own(make, way):
    link = make(3, 2)
    steps(link)
    other = COPIES[way](link)
    for a, b in zip(states(link), states(other), strict=True):
        assert b is not a
        assert b.creator is None
        np.testing.assert_array_equal(a.array, b.array)
    np.testing.assert_array_equal(steps(other), steps(link))


@stateful
def test_files_hold_no_state(make):
    link = make(3, 2)
    before = {name for name, _ in link.namedparams()}
    steps(link)
    assert {name for name, _ in link.namedparams()} == before
    assert not any(child._persistent for child in link.links())


@stateful
def test_unchain_backward_cuts_the_state(make):
    link = make(3, 2)
    inputs = [chainjax.Variable(x) for x in X]
    loss = F.sum(link(inputs[0]) + link(inputs[1]))
    loss.unchain_backward()
    assert link.h.creator is None
    F.sum(link(inputs[2]) + link(inputs[3])).backward()
    assert [x.grad is None for x in inputs] == [True, True, False, False]


@stateful
def test_steps_and_their_gradients_wait(make):
    link = make(3, 2)
    before = looks()
    loss = sum(F.sum(link(x)) for x in X)
    loss.backward()
    loss.unchain_backward()
    if hasattr(link, "set_state"):
        link.set_state(*states(link))
    assert looks() == before


@pytest.mark.parametrize(("keeps", "passes"), [(L.StatefulGRU, L.StatelessGRU), (L.StatefulMGU, L.StatelessMGU), (L.LSTM, L.StatelessLSTM)])
def test_a_state_kept_is_a_state_passed(keeps, passes):
    link, other = keeps(3, 2), passes(3, 2)
    for (_, p), (_, q) in zip(sorted(other.namedparams()), sorted(link.namedparams()), strict=True):
        p.copydata(q)
    state = [chainjax.Variable(np.zeros((2, 2), "f")) for _ in link._state]
    for x, y in zip(X, steps(link), strict=True):
        out = other(*state, x)
        state = out if isinstance(out, tuple) else (out,)
        np.testing.assert_allclose(state[-1].array, y, 1e-5)


def test_sequences_that_end_leave_the_lstm_from_below():
    link = L.LSTM(3, 2)
    link(X[0])
    h, c = link.h.array, link.c.array
    assert link(X[1][:1]).shape == (1, 2)
    np.testing.assert_array_equal(link.h.array[1], h[1])
    np.testing.assert_array_equal(link.c.array[1], c[1])
    with pytest.raises(TypeError, match="expected at most 2 rows, as many as the state has, got 3; call reset_state"):
        link(np.zeros((3, 3), "f"))


def test_late_weights_are_made_in_the_order_of_their_use():
    np.random.seed(0)
    expected = [np.empty((2, 3), "f") for _ in range(3)]
    for array in expected:
        chainjax.initializers.LeCunNormal()(array)
    np.random.seed(0)
    link = L.StatefulGRU(None, 2, inner_init=0)
    link(X[0])
    assert not link.W_r.W.is_initialized  # without a state there is nothing to reset
    link(X[1])
    for layer, array in zip((link.W_z, link.W, link.W_r), expected, strict=True):
        np.testing.assert_array_equal(layer.W.array, array)


@pytest.mark.parametrize(("n", "message"), [(0, "expected one input, got 0$"), (2, "keeps its state since Chainer 2"), (3, "got 3$")])
def test_calls_of_the_old_gru_are_refused(n, message):
    with pytest.raises(ValueError, match=message):
        L.GRU(3, 2)(*[X[0]] * n)


def test_zoneout_takes_no_train():
    with pytest.raises(ValueError, match="StatefulZoneoutLSTM takes no train"):
        L.StatefulZoneoutLSTM(3, 2, train=False)


# trees ------------------------------------------------------------------------------------------------------------------------


def test_the_order_of_children_says_nothing_to_child_sum():
    tree, (c1, c2, h1, h2) = L.ChildSumTreeLSTM(3, 2), X[..., :2]
    for a, b in zip(tree(c1, c2, h1, h2, X[0]), tree(c2, c1, h2, h1, X[0]), strict=True):
        np.testing.assert_allclose(a.array, b.array, 1e-5)


@pytest.mark.parametrize("make", [L.ChildSumTreeLSTM, L.NaryTreeLSTM])
def test_what_is_none_is_zero(make):
    tree, (c1, _, h1, _), zero = make(3, 2), X[..., :2], np.zeros((2, 2), "f")
    for a, b in zip(tree(c1, None, None, h1, None), tree(c1, zero, zero, h1, np.zeros((2, 3), "f")), strict=True):
        np.testing.assert_allclose(a.array, b.array, 1e-6)
    with pytest.raises(ValueError, match=f"{make.__name__}: expected a state or the input"):
        tree(*[None] * 5)


def test_states_of_children_must_fit():
    with pytest.raises(chainjax.utils.type_check.InvalidType, match=r"tree_lstm: expected states \(n, units\) to x"):
        L.ChildSumTreeLSTM(3, 2)(X[0], X[1, :, :2], X[0])


@pytest.mark.parametrize("error", [ValueError, AssertionError])
def test_trees_count_their_arguments(error):
    with pytest.raises(error, match="ChildSumTreeLSTM: expected c and h of each child, and the input; got 2 arguments"):
        L.ChildSumTreeLSTM(3, 2)(X[0], X[0])
    with pytest.raises(error, match="NaryTreeLSTM: expected c and h of 2 children, and the input; got 3 arguments"):
        L.NaryTreeLSTM(3, 2)(*X[:3])
    with pytest.raises(error, match="expected n_ary at least 1, got 0"):
        L.NaryTreeLSTM(3, 2, n_ary=0)


# sequences --------------------------------------------------------------------------------------------------------------------


def outputs(rnn, xs, state=None):
    """The states at the end, and the outputs."""
    *ends, ys = rnn(*[state] * rnn.n_cells, xs)
    return [end.array for end in ends], [y.array for y in ys]


@sequential
def test_sequences_of_a_batch_are_as_if_alone(make):
    rnn, xs = make(2, 3, 2, 0.0), [X[:n, 0] for n in (2, 4, 1, 4)]
    ends, ys = outputs(rnn, xs)
    for i, x in enumerate(xs):
        alone, (y,) = outputs(rnn, [x])
        np.testing.assert_allclose(ys[i], y, 1e-5, 1e-6)
        for end, expected in zip(ends, alone, strict=True):
            np.testing.assert_allclose(end[:, i : i + 1], expected, 1e-5, 1e-6)


@sequential
def test_no_state_is_zero(make):
    rnn, xs = make(1, 3, 2, 0.0), [X[:2, 0], X[:3, 0]]
    zero = rnn.init_hx(xs)
    assert zero.shape == (rnn.direction, 2, 2)
    for a, b in zip(outputs(rnn, xs)[1], outputs(rnn, xs, zero)[1], strict=True):
        np.testing.assert_array_equal(a, b)
    assert rnn.to_device("@jax:cpu:0").init_hx(xs).device == rnn.device


@sequential
@pytest.mark.parametrize("way", [*COPIES, "share"])
def test_copies_list_their_own_parameters(make, way):
    rnn = make(1, 3, 2, 0.0)
    other = rnn.copy() if way == "share" else COPIES[way](rnn)
    for i, layer in enumerate(other):
        for j in range(rnn.n_weights):
            assert other.ws[i][j] is getattr(layer, f"w{j}") is not rnn.ws[i][j]
            assert other.bs[i][j] is getattr(layer, f"b{j}")


@pytest.mark.parametrize("name", ["use_cudnn", "use_bi_direction", "activation"])
def test_arguments_that_are_gone_are_refused(name):
    with pytest.raises(ValueError, match=f"NStepRNNTanh takes no {name}"):
        L.NStepRNNTanh(1, 3, 2, 0.0, **{name: True})


def test_calls_that_do_not_fit_are_refused():
    rnn = L.NStepGRU(1, 3, 2, 0.0)
    with pytest.raises(ValueError, match="NStepGRU takes no train"):
        rnn(None, [X[0]], train=False)
    with pytest.raises(AssertionError, match="NStepGRU: expected xs as a list of sequences, got ndarray"):
        rnn(None, X)
    with pytest.raises(NotImplementedError, match="NStepRNNBase must define rnn"):
        L.NStepRNNTanh.__base__(1, 3, 2, 0.0)(None, [X[0]])


@sequential
def test_sequences_and_their_gradients_wait(make):
    rnn = make(1, 3, 2, 0.5)
    before = looks()
    *_, ys = rnn(*[None] * rnn.n_cells, [X[:2, 0], X[:3, 0]])
    sum(F.sum(y) for y in ys).backward()
    assert looks() == before


@sequential
def test_no_sequences_and_empty_ones(make):
    rnn = make(1, 3, 2, 0.0)
    who = make.__name__
    with pytest.raises(IndexError, match=f"{who}: expected xs with a sequence, got none"):
        rnn(*[None] * rnn.n_cells, [])
    for xs in ([X[:0, 0]], [X[:3, 0], X[:0, 0]]):
        with pytest.raises(IndexError, match=f"{who}: expected sequences of 1 step or more, got one of none"):
            rnn(*[None] * rnn.n_cells, xs)
    none = np.zeros((rnn.direction, 0, 2), "f")
    *ends, ys = rnn(*[none] * rnn.n_cells, [])
    assert ys == []
    assert [h.shape for h in ends] == [none.shape] * rnn.n_cells
    some = [np.full((rnn.direction, 4, 2), i, "f") for i in range(rnn.n_cells)]
    *ends, ys = rnn.rnn(1, 0.0, *some, rnn.ws, rnn.bs, [])
    assert ys == ()
    for h, end in zip(some, ends, strict=True):
        np.testing.assert_array_equal(end.array, h)
