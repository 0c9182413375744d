"""Several devices: what they compute together is what one would."""

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
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


def test_a_step_is_one_program():
    updater = ParallelUpdater(iterators(1, 4)[0], chainjax.optimizers.SGD().setup(Net(normalize=True)), devices=DEVICES)
    assert flushes(updater) == {"update": 1}
    found = chainjax.engine.statistics()
    assert (found["whole"], found["compiles"]) == (4, 0)


def test_in_turn_each_device_has_a_program_and_none_waits():
    updater = ParallelUpdater(iterators(1, 4)[0], chainjax.optimizers.SGD().setup(Net(normalize=True)), devices=DEVICES)
    updater._mesh = None
    assert flushes(updater) == {"the next device": 2, "update": 1, "the copies of the model": 1, "another device": 1}


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
