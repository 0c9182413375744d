"""Several devices: what they compute together is what one would."""

import copy
import os
import subprocess
import sys

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax.engine import _replay
from chainjax.iterators import SerialIterator
from chainjax.serializers import load_npz, save_npz
from chainjax.training import Trainer
from chainjax.training.updaters import MultiprocessParallelUpdater, ParallelUpdater, StandardUpdater, _parallel

DEVICES = {"main": "@jax:cpu:0", "second": "@jax:cpu:1"}
EXAMPLES = [(np.cos(np.arange(i, i + 3)).astype("f"), np.int32(i % 2)) for i in range(16)]


class Net(chainjax.Chain):
    """Reports its loss, and of a child another number."""

    def __init__(self, *, normalize=False):
        super().__init__()
        with self.init_scope():
            self.hidden = L.Linear(3, 4, initialW=chainjax.initializers.Constant(np.sin(np.arange(12, dtype="f")).reshape(4, 3)))
            self.normalize = L.BatchNormalization(4) if normalize else F.identity
            self.out = L.Linear(4, 2, initialW=chainjax.initializers.Constant(np.cos(np.arange(8, dtype="f")).reshape(2, 4)))

    def forward(self, x, t):
        h = self.normalize(self.hidden(x))
        chainjax.report({"size": F.sum(abs(h))}, self.hidden)
        loss = F.softmax_cross_entropy(self.out(F.tanh(h)), t)
        chainjax.report({"loss": loss}, self)
        return loss


def numbers(net):
    return {path: np.array(chainjax.get_device("@numpy").send(param.array)) for path, param in net.namedparams()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for path in a:
        np.testing.assert_allclose(a[path], b[path], rtol=2e-5, atol=1e-6, err_msg=path)


def iterators(shares, batch_size):
    return [SerialIterator(EXAMPLES[i::shares], batch_size, shuffle=False) for i in range(shares)]


def by_one_device(lr, steps):
    net = Net()
    updater = StandardUpdater(iterators(1, 4)[0], chainjax.optimizers.MomentumSGD(lr).setup(net))
    for _ in range(steps):
        updater.update()
    return numbers(net)


@pytest.mark.parametrize(
    "devices", [DEVICES, {"main": "@numpy", "second": "@jax:cpu:1"}, {"main": "@numpy", "second": "@numpy", "third": "@numpy"}]
)
def test_gradients_are_summed(devices):
    net = Net()
    size = 2 * len(devices)
    updater = ParallelUpdater(
        SerialIterator(EXAMPLES, size, shuffle=False), chainjax.optimizers.MomentumSGD(0.1).setup(net), devices=devices
    )
    one = Net()
    alone = StandardUpdater(SerialIterator(EXAMPLES, size, shuffle=False), chainjax.optimizers.MomentumSGD(0.1 * len(devices)).setup(one))
    for _ in range(5):
        updater.update()
        alone.update()
    assert_same(numbers(net), numbers(one))
    for name, model in updater._models.items():
        assert model.hidden.W.device == chainjax.get_device(devices[name])
        assert_same(numbers(model), numbers(net))
    assert (updater.iteration, updater.epoch) == (5, alone.epoch)
    assert updater.get_optimizer("main").epoch == alone.get_optimizer("main").epoch > 0


def test_models_of_the_user_and_their_reports():
    net, other = Net(normalize=True), Net(normalize=True).to_device("@jax:cpu:1")
    optimizer = chainjax.optimizers.SGD().setup(net)
    updater = ParallelUpdater(
        SerialIterator(EXAMPLES, 4), optimizer, models={"here": net, "there": other}, devices={"here": "@numpy", "there": "@jax:cpu:1"}
    )
    trainer = Trainer(updater, (2, "iteration"))
    seen = []
    trainer.extend(lambda trainer: seen.append(sorted(trainer.observation)), name="seen")
    trainer.run()
    assert seen == [["main/hidden/size", "main/loss", "there/hidden/size", "there/loss"]] * 2
    np.testing.assert_array_equal(net.normalize.avg_mean, other.normalize.avg_mean.get())
    assert float(abs(net.normalize.avg_mean).sum()) > 0


def flushes(updater, steps=4):
    """What a step waits for, and how often, when it has become usual."""
    for _ in range(3):
        updater.update()
    chainjax.engine.reset_statistics()
    for _ in range(steps):
        updater.update()
    found = {}
    for (reason, _line), n in chainjax.engine.statistics()["lines"].items():
        found[reason] = found.get(reason, 0) + n
    return {reason: n / steps for reason, n in found.items()}


def test_in_turn_each_device_has_a_program_and_none_waits():
    updater = ParallelUpdater(iterators(1, 4)[0], chainjax.optimizers.SGD().setup(Net(normalize=True)), devices=DEVICES)
    updater._mesh = None
    assert flushes(updater) == {"the next device": 2, "update": 1, "the copies of the model": 1, "another device": 1}


# A step as one program -----------------------------------------------------------------------------------------------------------


class Everything(Net):
    """Batch statistics, a number without axes, a parameter that is not used, a count, and many small parameters."""

    def __init__(self, *, deep=1, ratio=0.0):
        super().__init__(normalize=True)
        self.ratio, self.hooked = ratio, lambda h: h
        with self.init_scope():
            self.scale, self.unused = chainjax.Parameter(np.array(1.5, "f")), chainjax.Parameter(1, (2,))
            self.more = chainjax.ChainList(*[L.Linear(4, 4, initialW=np.eye(4, dtype="f")) for _ in range(deep)])
        self.add_persistent("calls", 0)

    def forward(self, x, t):
        self.calls += 1
        h = self.normalize(self.hidden(x))
        for link in self.more:
            h = F.tanh(link(h))
        h = self.hooked(F.dropout(h, self.ratio) if self.ratio else h)
        loss = F.softmax_cross_entropy(self.out(h) * self.scale, t)
        chainjax.report({"loss": loss, "calls": self.calls, "array": F.sum(h).array}, self)
        chainjax.report({"size": F.sum(abs(h))}, self.hidden)
        return loss


def make(net=None, *, several=False, turns=False, batch_size=4, optimizer=None, devices=DEVICES, **options):
    net = Everything() if net is None else net
    # A shift of what is normalised has no gradient but rounding errors.
    net.hidden.b.array = np.zeros(4, "f")
    net.hidden.b.update_rule = None
    optimizer = (optimizer or chainjax.optimizers.MomentumSGD(0.1)).setup(net)
    net.hidden.b.update_rule.enabled = False
    optimizer.add_hook(chainjax.optimizer_hooks.WeightDecay(0.01))
    optimizer.add_hook(chainjax.optimizer_hooks.GradientClipping(1.0))
    if several:
        with pytest.warns(UserWarning, match="is changed to"):
            updater = MultiprocessParallelUpdater(iterators(2, batch_size // 2), optimizer, devices=devices, **options)
        if turns:
            updater.setup_workers()
    else:
        updater = ParallelUpdater(iterators(1, batch_size)[0], optimizer, devices=devices, **options)
    if turns:
        updater._mesh = None
    return updater


def trained(updater, steps=6):
    """All numbers of all models after some steps, and what was observed in each."""
    trainer, seen = Trainer(updater, (steps, "iteration")), []
    trainer.extend(lambda trainer: seen.append(dict(trainer.observation)), name="seen")
    trainer.run()
    found = {}
    for name, model in updater._models.items():
        assert model.out.W.device == updater._devices[name]
        found.update({name + path: number for path, number in numbers(model).items()})
        found.update({f"{name}/{n}": np.array(getattr(model.normalize, n).get()) for n in ("avg_mean", "avg_var")})
        found[f"{name}/calls"] = np.array(model.calls)
    assert all(np.isfinite(array).all() for array in found.values())
    get = chainjax.get_device("@numpy").send
    return found, [{name: np.asarray(get(getattr(value, "array", value))) for name, value in each.items()} for each in seen]


def assert_same_training(a, b):
    assert_same(a[0], b[0])
    for one, other in zip(a[1], b[1], strict=True):
        assert list(one) == list(other)
        assert_same(one, other)


WAYS = {
    "plain": {},
    "iterator for each": {"several": True},
    "Adam": {"optimizer": chainjax.optimizers.Adam},
    "many small parameters": {"deep": 10},
    "minibatches that cannot be shared evenly": {"batch_size": 5},
    "scaled": {"loss_scale": 128.0},
}


@pytest.mark.parametrize("way", WAYS)
def test_one_program_computes_what_the_models_compute_in_turn(way):
    def way_of(turns):
        options = dict(WAYS[way])
        net = Everything(deep=options.pop("deep", 1))
        optimizer = options.pop("optimizer", None)
        return make(net, turns=turns, optimizer=optimizer and optimizer(), **options)

    updater = way_of(turns=False)
    assert_same_training(trained(updater), trained(way_of(turns=True)))
    assert updater._mesh is not None


@pytest.mark.parametrize("setting", ["verify_replay", "deterministic"])
def test_one_program_is_what_its_entries_are(setting):
    expected = trained(make(turns=True), 2)
    with chainjax.using_config(setting, True):
        assert_same_training(trained(make(), 2), expected)


def test_a_step_is_one_program():
    updater = make()
    assert flushes(updater) == {"update": 1}
    found = chainjax.engine.statistics()
    assert (found["whole"], found["compiles"], found["donated"]) == (4, 0, 4 * 2 * 9)  # nine parameters move, each with its momentum


def test_on_four_devices_a_step_is_as_much_work_for_python_as_on_two(tmp_path):
    code = """
    import sys, numpy as np, chainjax
    from tests.unit.training import test_parallel_updaters as t
    entries = {}
    for n in (2, 4):
        devices = {name: f"@jax:cpu:{i}" for i, name in enumerate(["main", "b", "c", "d"][:n])}
        updater = t.make(devices=devices, batch_size=8)
        assert t.flushes(updater) == {"update": 1}
        found = chainjax.engine.statistics()
        entries[n] = found["entries"], found["whole"], found["compiles"]
        make = lambda **options: t.trained(t.make(devices=devices, batch_size=8, **options))
        t.assert_same_training(make(), make(turns=True))
    assert entries[2] == entries[4], entries
    print("the same")
    """
    env = {**os.environ, "JAX_NUM_CPU_DEVICES": "4"}
    code = "\n".join(line[4:] for line in code.splitlines())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=240)
    assert done.stdout.endswith("the same\n"), done.stderr


def test_each_device_draws_its_own_random_numbers_and_again_the_same_ones():
    def run(seed):
        chainjax.backends._random.seed(seed)
        net = Everything(ratio=0.5)
        return trained(make(net), 3)

    one = run(0)
    assert_same_training(run(0), one)
    assert abs(run(1)[1][-1]["main/loss"] - one[1][-1]["main/loss"]) > 1e-4

    class Mask(chainjax.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.W = chainjax.Parameter(1, (64,))

        def forward(self, x):
            y = F.sum(F.dropout(self.W) * x)
            chainjax.report({"y": F.dropout(self.W)}, self)
            return y

    net = Mask()
    updater = ParallelUpdater(SerialIterator(np.ones((16, 64), "f"), 2), chainjax.optimizers.SGD().setup(net), devices=DEVICES)
    trainer, seen = Trainer(updater, (1, "iteration")), {}
    trainer.extend(lambda trainer: seen.update(trainer.observation), name="seen")
    trainer.run()
    assert (seen["main/y"].array.get() != seen["second/y"].array.get()).any()


class Double(chainjax.FunctionNode):
    """A function of the user's."""

    def forward(self, inputs):
        return (chainjax.backend.get_array_module(*inputs).asarray(2 * inputs[0].get()),)

    def backward(self, indexes, grad_outputs):
        return (2 * grad_outputs[0],)


def doubled(h):
    return Double().apply((h,))[0]


def looking(h):
    assert np.isfinite(float(F.sum(h).array))
    return h


@pytest.mark.parametrize("hook", [looking, doubled])
def test_models_that_look_at_numbers_take_turns(hook):
    net, other = Everything(), Everything()
    net.hooked = other.hooked = hook
    updater = make(net)
    found = trained(updater)
    assert updater._mesh is None
    assert net.calls == 6  # the step that was begun together has left nothing behind
    assert_same_training(found, trained(make(other, turns=True)))


@pytest.mark.parametrize("several", [False, True])
def test_so_do_models_that_look_later(several):
    net, other = Everything(), Everything()
    net.hidden.add_hook(chainjax.link_hooks.SpectralNormalization())
    other.hidden.add_hook(chainjax.link_hooks.SpectralNormalization())
    net.hidden.W_u, other.hidden.W_u = np.ones((2, 4), "f")
    net.hooked = lambda h: looking(h) if net.calls == 4 else h
    updater = make(net, several=several)
    found = trained(updater)
    assert updater._mesh is None
    assert_same_training(found, trained(make(other, several=several, turns=True)))


@pytest.mark.parametrize("lazy", [False, True])
def test_debug_mode_and_eager_steps_take_turns(lazy):
    updater = make()
    expected = trained(make(turns=True), 2)
    with chainjax.using_config("lazy", lazy), chainjax.using_config("debug", lazy):
        assert_same_training(trained(updater, 2), expected)
    assert updater._mesh is not None  # later steps may be shared again
    assert flushes(updater) == {"update": 1}


def test_a_wrong_label_of_any_device_is_an_error():
    examples = [(x, t) for x, t in EXAMPLES]
    examples[13] = (examples[13][0], np.int32(7))
    updater = ParallelUpdater(SerialIterator(examples, 4, shuffle=False), chainjax.optimizers.SGD().setup(Net()), devices=DEVICES)

    def steps():
        for _ in range(4):
            updater.update()
        float(F.sum(updater._models["main"].out.W).array)
        chainjax.engine.flush()

    with pytest.raises(IndexError, match="below 2"):
        steps()


def test_copies_are_what_they_are_when_somebody_looks():
    updater = make(several=True)
    updater.setup_workers()
    main, other = updater._models.values()
    kept, twins = [], []
    for _ in range(3):
        updater.update()
        twins.append(copy.deepcopy(other))  # nobody has looked at its numbers yet
        kept.append((other.out.W.array, F.copy(other.out.W, -1), np.array(main.out.W.array.get()), main.out.W.array.jax))
    assert kept[0][0] is kept[2][0]  # the array of the parameter, which follows
    np.testing.assert_array_equal(kept[2][0].get(), kept[2][2])
    np.testing.assert_array_equal(twins[0].out.W.array.get(), kept[0][2])
    for _, then, expected, raw in kept:
        np.testing.assert_array_equal(then.array, expected)
        np.testing.assert_array_equal(raw, expected)  # and was not consumed
    assert abs(kept[0][2] - kept[2][2]).max() > 0
    other.out.W.array = other.device.send(np.zeros((2, 4), "f"))  # a copy may be changed; one step goes from there
    before = numbers(main)
    updater.update()
    assert_same(numbers(main), numbers(other))
    assert abs(numbers(main)["/out/W"] - before["/out/W"]).max() > 0


def test_models_that_wait_for_shapes_take_turns_once():
    net = chainjax.Sequential(L.Linear(None, 4), F.tanh, L.Linear(None, 2))
    updater = ParallelUpdater(iterators(1, 4)[0], chainjax.optimizers.SGD().setup(L.Classifier(net)), devices=DEVICES)
    updater.update()
    assert updater._models["second"].predictor[0].W.shape == (4, 3)
    assert flushes(updater) == {"update": 1}


def test_a_main_model_that_computes_nothing_is_updated():
    main, nets = Net(), {name: Net().to_device(device) for name, device in DEVICES.items()}
    optimizer = chainjax.optimizers.SGD(0.1).setup(main.to_device(DEVICES["main"]))
    updater = ParallelUpdater(iterators(1, 4)[0], optimizer, models=nets, devices=DEVICES)
    updater.update()
    assert_same(numbers(main), numbers(nets["main"]))
    assert_same(numbers(main), by_one_device(0.2, 1))


def test_updates_may_look_at_numbers():
    class Half(chainjax.optimizer.UpdateRule):
        def update_core_gpu(self, param):
            param.array[...] = 0.5 * param.array.get() - 0.1 * param.grad.get()

    def way(turns):
        updater = make(turns=turns)
        updater._models["main"].out.W.update_rule = Half()
        updater.get_optimizer("main").loss_scaling()
        return updater

    updater = way(turns=False)
    assert_same_training(trained(updater), trained(way(turns=True)))
    assert updater._mesh is not None


def test_an_error_leaves_models_that_can_go_on():
    net = Everything()
    updater, expected = make(net), make()
    updater.update()
    expected.update()

    def fail(h):
        net.hooked = lambda h: h
        raise ZeroDivisionError

    net.hooked = fail
    with pytest.raises(ZeroDivisionError):
        updater.update()
    expected.get_iterator("main").next()  # what was to be learnt from then
    updater.update()
    expected.update()
    assert chainjax.engine.thread().mesh is None
    assert_same(numbers(net), numbers(expected._models["main"]))


@pytest.mark.parametrize("several", [False, True])
def test_a_resumed_training_goes_the_same_way(several, tmp_path):
    def start():
        net = Everything(ratio=0.5)
        net.hidden.add_hook(chainjax.link_hooks.SpectralNormalization())
        net.hidden.W_u = np.ones(4, "f")
        return make(net, several=several)

    chainjax.backends._random.seed(0)
    with chainjax.using_config("deterministic", True):
        first, second = start(), start()
        for _ in range(4):
            first.update()
            if first.iteration == 2:
                save_npz(tmp_path / "file.npz", first)
                state = chainjax.backends._random.state()
        load_npz(tmp_path / "file.npz", second)
        chainjax.backends._random.set_state(*state)
        second.update()
        second.update()
        for a, b in zip(first._models.values(), second._models.values(), strict=True):
            found = numbers(a), numbers(b)
            assert all((found[0][path] == found[1][path]).all() for path in found[0])
            np.testing.assert_array_equal(a.hidden.W_u.get(), b.hidden.W_u.get())
    assert second._mesh is not None


def test_an_update_that_fails_leaves_what_was(monkeypatch):
    run = _replay._run

    def failing(sig, *args):
        if sig.name == "update":
            raise MemoryError("made to fail")
        return run(sig, *args)

    with chainjax.using_config("deterministic", True):
        updater = make()
        updater.update()
        updater.update()
        before = [numbers(model) for model in updater._models.values()]
        monkeypatch.setattr(_replay, "_run", failing)
        with pytest.raises(MemoryError, match="made to fail"):
            updater.update()
        monkeypatch.undo()
        for model, then in zip(updater._models.values(), before, strict=True):
            assert_same(numbers(model), then)
        assert updater.get_optimizer("main").t == 2
        updater.update()
        for model in updater._models.values():
            assert np.isfinite(numbers(model)["/out/W"]).all()
            assert abs(numbers(model)["/out/W"] - before[0]["/out/W"]).max() > 0


def test_which_examples_a_device_gets():
    seen = {}

    @chainjax.dataset.converter()
    def converter(batch, device):
        seen[device.name] = batch
        return chainjax.dataset.concat_examples(EXAMPLES[:2], device)

    devices = {"main": "@numpy", "b": "@jax:cpu:0"}
    ParallelUpdater(
        SerialIterator(range(16), 5, shuffle=False), chainjax.optimizers.SGD().setup(Net()), converter, devices=devices
    ).update_core()
    assert seen == {"@numpy": [0, 2, 4], "@jax:cpu:0": [1, 3]}


def test_devices_that_are_missing_are_told():
    make = lambda **options: ParallelUpdater(iterators(1, 4)[0], chainjax.optimizers.SGD().setup(Net()), **options)  # noqa: E731
    with pytest.raises(ValueError, match="expected devices, such as"):
        make()
    with pytest.raises(KeyError, match=r"a device for 'main', got devices for 'a'"):
        make(devices={"a": "@numpy"})


def multi(optimizer=None, steps=0, **options):
    net = Net()
    optimizer = (optimizer or chainjax.optimizers.MomentumSGD(0.2)).setup(net)
    with pytest.warns(UserWarning, match="is changed to"):
        updater = MultiprocessParallelUpdater(iterators(2, 2), optimizer, devices=list(DEVICES.values()), **options)
    for _ in range(steps):
        updater.update()
    return updater, net


def test_an_iterator_for_each_device():
    updater, net = multi(steps=5)
    assert updater.get_optimizer("main").lr == 0.1
    assert_same(numbers(net), by_one_device(0.2, 5))  # halved, as gradients are summed
    assert MultiprocessParallelUpdater.available()


def test_each_device_keeps_its_own_statistics():
    net = Net(normalize=True)
    with pytest.warns(UserWarning, match="is changed to"):
        updater = MultiprocessParallelUpdater(iterators(2, 2), chainjax.optimizers.SGD().setup(net), devices=DEVICES)
    updater.update()
    other = updater._models["device_1"]
    assert other.normalize.beta.device.name == DEVICES["second"]
    assert_same(numbers(net), numbers(other))
    assert not np.allclose(chainjax.get_device("@numpy").send(net.normalize.avg_mean), other.normalize.avg_mean.get())


def test_only_the_main_model_reports():
    updater, _ = multi()
    trainer = Trainer(updater, (2, "iteration"))
    seen = []
    trainer.extend(lambda trainer: seen.append(sorted(trainer.observation)), name="seen")
    trainer.run()
    assert seen == [["main/hidden/size", "main/loss"]] * 2


def test_all_iterators_are_saved_and_finalized(tmp_path):
    first, _ = multi(steps=3)
    save_npz(tmp_path / "file.npz", first)
    second, _ = multi()
    load_npz(tmp_path / "file.npz", second)
    assert [it.current_position for it in (second.get_iterator("main"), *second._other_iterators.values())] == [6, 6]
    with np.load(tmp_path / "file.npz", allow_pickle=True) as file:
        chainer_s = {key: file[key] for key in file.files if "device_1" not in key}
    with pytest.warns(UserWarning, match="nothing of the iterator of device_1"):
        second.serialize(chainjax.serializers.NpzDeserializer(chainer_s))
    done = []
    for iterator in (second.get_iterator("main"), *second._other_iterators.values()):
        iterator.finalize = lambda: done.append(1)
    second.finalize()
    assert done == [1, 1]


@pytest.mark.parametrize(("name", "hyperparameter", "factor"), [("Adam", "eps", 2), ("RMSpropGraves", "eps", 4), ("SGD", "lr", 0.5)])
def test_what_summed_gradients_need(name, hyperparameter, factor):
    optimizer = getattr(chainjax.optimizers, name)()
    before = getattr(optimizer, hyperparameter)
    multi(optimizer)
    assert getattr(optimizer, hyperparameter) == before * factor


def test_iterators_and_devices_must_fit():
    optimizer = chainjax.optimizers.SGD().setup(Net())
    with pytest.raises(ValueError, match="expected a dictionary, list or tuple of devices, got None"):
        MultiprocessParallelUpdater(iterators(2, 2), optimizer)
    with pytest.raises(ValueError, match=r"for each of 3 devices.*datasets of 8, 8"):
        MultiprocessParallelUpdater(iterators(2, 2), optimizer, devices=["@numpy"] * 3)


def test_all_numbers_of_a_link_in_one_array():
    net = Net().to_device("@jax:cpu:1")
    flat = _parallel.gather_params(net)
    assert flat.shape == (_parallel.size_num_grads(net)[0],)
    assert _parallel.size_num_grads(net) == (26, 4)
    other = Net().to_device("@jax:cpu:1")
    _parallel.scatter_params(other, chainjax.get_device("@jax:cpu:1").send(2 * flat.get()))
    _parallel.scatter_grads(other, flat)
    np.testing.assert_array_equal(other.out.W.array.get(), 2 * net.out.W.array.get())
    np.testing.assert_array_equal(_parallel.gather_grads(other).get(), flat.get())
    net.cleargrads()
    assert not _parallel.gather_grads(net).get().any()
    with pytest.raises(RuntimeError, match="on an accelerator, got one on @numpy"):
        _parallel.gather_grads(Net())
