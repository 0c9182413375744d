"""Small parameters that are updated as one array: nobody can tell, but by the time it takes."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
from chainjax import _together, engine
from chainjax import functions as F
from chainjax import optimizers as O
from chainjax.backends._cell import Part
from chainjax.optimizer import UpdateRule

SHAPES = [(2,), (3, 2), (), (2,), (1, 4)]


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch):
    monkeypatch.setattr(_together, "MANY", 3)


class Net(chainjax.Link):
    """Parameters a to e, and a large one."""

    def __init__(self, device="@numpy"):
        super().__init__()
        with self.init_scope():
            for n, (name, shape) in enumerate(zip("abcde", SHAPES, strict=True)):
                setattr(self, name, chainjax.Parameter(np.arange(n, n + np.prod(shape), dtype="f").reshape(shape)))
            self.large = chainjax.Parameter(np.ones(_together.SMALL, np.float32))
        self.to_device(device)
        self.small = [getattr(self, name) for name in "abcde"]

    def forward(self, x):
        return sum([F.sum(p * p) for p in self.params()], F.sum(self.a * x))


def packed(params):
    """Which of the parameters are parts of a pack."""
    return "".join(p.name for p in params if p._contents.kept.__class__ is Part)


def numbers(net):
    """What can be seen of a net that is trained, without disturbing it."""
    rules = [p.update_rule for p in net.params()]
    states = [np.array(r._state.held(name).peek()) for r in rules for name in r._state or ()]
    return [np.array(p._peek()) for p in net.params()] + states + [r.t for r in rules]


class Pair:
    """The same net twice: with packs, and as it is without them."""

    def __init__(self, optimizer=O.Adam, device="@numpy"):
        self.nets = Net(device), Net(device)
        self.optimizers = [optimizer().setup(net) for net in self.nets]
        self.monkeypatch = pytest.MonkeyPatch()

    def both(self, act):
        """``act(net, optimizer)`` for both; they must see the same, and be the same afterwards."""
        seen = [act(self.nets[0], self.optimizers[0])]
        with self.monkeypatch.context() as m:
            m.setattr(_together, "MANY", 1 << 30)
            seen.append(act(self.nets[1], self.optimizers[1]))
        assert packed(self.nets[1].params()) == ""
        self.compare()
        if seen[0] is not None:
            np.testing.assert_allclose(*seen, 1e-5, 1e-6)
        return seen[0]

    def compare(self):
        for x, y in zip(numbers(self.nets[0]), numbers(self.nets[1]), strict=True):
            np.testing.assert_allclose(x, y, 1e-5, 1e-6)

    def step(self):
        self.both(lambda net, optimizer: optimizer.update(net, net.xp.asarray(np.float32([1, 2]))))
        return packed(self.nets[0].params())


@pytest.fixture
def pair():
    return Pair(O.MomentumSGD)


def test_small_parameters_and_their_states_are_packed(pair):
    assert pair.step() == "abcde"
    pair.step()
    net, rule = pair.nets[0], pair.nets[0].a.update_rule
    assert [rule._state.held(name).kept.__class__ for name in rule._state] == [Part] * len(rule._state)
    assert len({id(p._contents.kept.pack) for p in net.small}) == 1


@pytest.mark.parametrize("make", [O.SGD, O.AdaDelta, O.RMSpropGraves, O.SMORMS3, O.MSVAG, O.AMSBound])
def test_rules_work_on_packs(make):
    pair = Pair(make)
    for _ in range(2):
        assert pair.step() == "abcde"


# What people do with arrays ------------------------------------------------------------------------------------------------------


def test_an_array_that_is_read_leaves_and_comes_back(pair):
    pair.step()
    pair.both(lambda net, _: float(net.b.array[0, 0]))
    assert packed(pair.nets[0].params()) == "acde"
    assert pair.step() == "abcde"


def test_whoever_holds_an_array_sees_each_update(pair):
    pair.step()
    held = pair.both(lambda net, _: net.b.array)
    for _ in range(3):
        assert pair.step() == "acde"
        assert pair.nets[0].b.array is held
        np.testing.assert_allclose(held, pair.nets[1].b.array, 1e-5)
    held[...] = 7
    pair.nets[1].b.array[...] = 7
    pair.step()
    del held
    assert pair.step() == "acde"  # it is as well off alone
    pair.both(lambda net, _: float(net.a.array[0]))
    assert pair.step() == "abcde"


def test_what_is_written_counts(pair):
    for write in (
        lambda net, _: net.a.array.fill(3),
        lambda net, _: setattr(net.c, "array", np.full((), 5, "f")),
        lambda net, _: net.b.copydata(net.b * 2),
        lambda net, _: net.d.update_rule.state.update(v=np.full(2, 0.5, "f")),
        lambda net, _: net.e.update_rule.state["v"].fill(0.25),
    ):
        pair.step()
        pair.both(write)
    assert pair.step() == "abcde"
    pair.step()


def test_parameters_that_come_to_share_an_array_take_one_step_after_the_other(pair):
    pair.step()
    pair.both(lambda net, _: setattr(net.a, "array", net.d.array))
    for _ in range(3):
        pair.step()
        assert pair.nets[0].a.array is pair.nets[0].d.array
    assert pair.step() == "bce"


def test_another_parameter_may_take_the_cell_of_a_packed_one(pair):
    pair.step()

    def share(net, _):
        other = net.a.__copy__()
        other.update_rule = O.SGD().create_update_rule()
        with net.init_scope():
            net.f = other

    pair.both(share)
    pair.step()
    pair.step()
    assert np.array_equal(pair.nets[0].a.array, pair.nets[0].f.array)


def test_links_that_share_parameters_see_the_updates_and_copies_do_not(pair):
    pair.step()
    shared = pair.nets[0].copy("share")
    own = [copy.deepcopy(pair.nets[0]), pickle.loads(pickle.dumps(pair.nets[0]))]
    was = numbers(own[0])
    pair.step()
    for p, q in zip(shared.params(), pair.nets[0].params(), strict=True):
        np.testing.assert_array_equal(p._peek(), q._peek())
    for net in own:
        for x, y in zip(numbers(net), was, strict=True):
            np.testing.assert_array_equal(x, y)
        O.SGD().setup(net).update(net, np.zeros(2, "f"))
    pair.step()


def test_an_optimizer_can_be_copied_with_its_link(pair):
    pair.step()
    net, optimizer = copy.deepcopy((pair.nets[0], pair.optimizers[0]))
    pair.step()
    optimizer.update(net, np.float32([1, 2]))
    assert packed(net.params()) == "abcde"
    for x, y in zip(numbers(net), numbers(pair.nets[0]), strict=True):
        np.testing.assert_allclose(x, y, 1e-5)


def test_files_hold_what_they_would_without(pair, tmp_path):
    def through_a_file(net, optimizer):
        for name, thing in ("net", net), ("optimizer", optimizer):
            chainjax.serializers.save_npz(tmp_path / f"{name}.npz", thing)
            chainjax.serializers.load_npz(tmp_path / f"{name}.npz", thing)

    pair.step()
    pair.both(through_a_file)
    assert pair.step() == "abcde"
    pair.both(lambda net, _: net.to_device("@jax:cpu:0") and None)
    assert pair.step() == "abcde"
    pair.both(through_a_file)
    assert pair.step() == "abcde"


def test_gradients_of_all_kinds(pair):
    rng = np.random.RandomState(0)
    for kinds in ("host", "host", "program", "zero", "mixed", "mixed"):
        grads = [np.asarray(rng.randn(*p.shape), "f") for p in pair.nets[0].params()]

        def update(net, optimizer, kinds=kinds, grads=grads):
            net.cleargrads()
            for n, (p, g) in enumerate(zip(net.params(), grads, strict=True)):
                kind = ("host", "program", "zero")[n % 3] if kinds == "mixed" else kinds
                if kind == "host":
                    p.grad = g
                elif kind == "program":
                    F.sum(p * g).backward()
            optimizer.update()
            assert kinds != "host" or all(p.grad is g for p, g in zip(net.params(), grads, strict=True))

        pair.both(update)
        assert packed(pair.nets[0].params()) == "abcde"


# What people do with rules -------------------------------------------------------------------------------------------------------


class Halving(UpdateRule):
    def update_core_cpu(self, param):
        param.data[...] /= 2


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda net, _: setattr(net.b.update_rule, "enabled", False), "abcde"),  # b keeps its part of what was one pack
        (lambda net, _: net.b.update_rule.add_hook(lambda rule, param: None, "nothing"), "acde"),
        (lambda net, _: setattr(net.b.update_rule.hyperparam, "lr", 0.25), "acde"),
        (lambda net, _: setattr(net.b, "update_rule", Halving()), "acde"),
        (lambda net, _: net.b.update(), "acde"),  # one step ahead of the others
        (lambda net, _: setattr(net.b.update_rule, "t", 9), "acde"),
        (lambda net, optimizer: optimizer.add_hook(chainjax.optimizer_hooks.GradientClipping(0.1)), "abcde"),
        (lambda net, optimizer: optimizer.add_hook(chainjax.optimizer_hooks.WeightDecay(0.1)), "abcde"),
        (lambda net, optimizer: setattr(optimizer, "lr", 0.5), "abcde"),
        (lambda net, _: net.disable_update(), "abcde"),
    ],
)
def test_a_rule_may_change_at_any_time(pair, act, left):
    pair.step()
    pair.both(act)
    for _ in range(2):
        assert pair.step() == left


class Meddling(UpdateRule):
    def update_core_cpu(self, param):
        self.other.data[...] += 1
        param.data[...] = self.other.data.sum()


def test_a_rule_of_a_user_may_write_to_any_parameter(pair):
    pair.step()

    def meddle(net, _):
        net.e.update_rule = Meddling()
        net.e.update_rule.other = net.a

    pair.both(meddle)
    for _ in range(3):
        pair.step()


def test_a_rule_that_does_not_say_so_is_not_given_several_parameters_as_one():
    class ByNorm(O.SGD.rule):
        @staticmethod
        def step(param, grad, state, hp):
            return param - hp.lr * grad / (1 + (grad * grad).sum()), {}

    class Own(O.SGD):
        rule = ByNorm

    assert Pair(Own).step() == ""


def test_a_parameter_that_is_taken_out_of_its_link_stays_as_it_is(pair):
    pair.step()
    gone = pair.nets[0].b
    pair.both(lambda net, _: delattr(net, "b"))
    was = gone.array.copy()
    for _ in range(2):
        assert pair.step() == "acde"
    np.testing.assert_array_equal(gone.array, was)


# The engine ----------------------------------------------------------------------------------------------------------------------


def test_an_update_hands_over_one_buffer_each_and_consumes_them(pair):
    for _ in range(4):
        pair.step()
    net = pair.nets[0]
    pack = net.a._contents.kept.pack
    where = pack.kept.array.unsafe_buffer_pointer()
    engine.reset_statistics()
    pair.optimizers[0].update(net, np.float32([1, 2]))
    assert pack.kept.array.unsafe_buffer_pointer() == where
    found = engine.statistics()
    assert found["donated"] == 4  # the pack, that of the states, the large parameter and its state
    assert found["compiles"] + found["kernels"] == 0


def test_nothing_is_compiled_anew_when_an_array_is_read_now_and_then(pair):
    for n in range(9):
        if n == 4:
            engine.reset_statistics()
        pair.optimizers[0].update(pair.nets[0], np.float32([1, 2]))
        if n % 3 == 1:
            assert pair.nets[0].a.array.shape == (2,)
    found = engine.statistics()
    assert found["compiles"] + found["kernels"] == 0


def test_values_stay_what_they_were(pair):
    """Results, gradients and copies that are looked at after the numbers they came from have been replaced."""

    def act(net, optimizer):
        optimizer.update(net, np.float32([1, 2]))
        y, z = net.a * 3, F.concat([p.reshape((-1,)) for p in net.params()], 0)
        copies = [copy.deepcopy(p) for p in net.params()]
        optimizer.update(net, np.float32([1, 2]))
        return np.concatenate([y.array, z.array, *[c.array for c in copies]], axis=None)

    for _ in range(3):
        pair.both(act)


@pytest.mark.parametrize("config", ["lazy", "debug"])
def test_without_deferring_too(pair, config):
    with chainjax.using_config(config, config == "debug"):
        for _ in range(2):
            pair.step()
            pair.both(lambda net, _: float(net.b.array[0, 0]))


def test_backward_takes_what_parameters_hold_when_it_runs(pair):
    def act(net, optimizer):
        y = F.sum(net.a * net.d)
        optimizer.update(net, np.float32([1, 2]))
        net.cleargrads()
        y.backward()
        return net.a.grad

    for _ in range(3):
        pair.both(act)


def test_a_pure_function_of_a_packed_link(pair):
    pair.step()
    params, apply = chainjax.functional(pair.nets[0])
    y, _ = apply(params, np.float32([1, 2]))
    np.testing.assert_allclose(y, pair.nets[0](np.float32([1, 2])).array, 1e-6)
    assert pair.step() == "abcde"


def test_failing_updates_change_nothing_and_are_not_counted(pair, monkeypatch):
    pair.step()
    pair.step()
    net, optimizer = pair.nets[0], pair.optimizers[0]
    was = numbers(net)
    run = engine._replay._run

    def failing(sig, *args):
        if sig.name == "update":
            raise MemoryError("no room")
        return run(sig, *args)

    with monkeypatch.context() as m:
        m.setattr(engine._replay, "_run", failing)
        m.setattr(engine._replay, "_comes_back", lambda *args: False)
        with pytest.raises(MemoryError, match="no room"):
            optimizer.update(net, np.float32([1, 2]))
    assert optimizer.t == 2
    for x, y in zip(numbers(net), was, strict=True):
        np.testing.assert_array_equal(x, y)
    assert pair.step() == "abcde"
