"""Updaters: what a step does, and what is saved of it."""

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import links as L
from chainjax.iterators import SerialIterator
from chainjax.serializers import DictionarySerializer, NpzDeserializer, load_npz, save_npz
from chainjax.training import Trainer, Updater
from chainjax.training.updaters import StandardUpdater

EXAMPLES = [(np.full(2, i, np.float32), np.full(1, -i, np.float32)) for i in range(4)]


def regression(optimizer=None, examples=EXAMPLES, batch_size=2, **options):
    model = L.Linear(2, 1, initialW=0.5)
    optimizer = (optimizer or chainjax.optimizers.SGD(0.1)).setup(model)
    options.setdefault("loss_func", lambda x, t: F.mean_squared_error(model(x), t))
    return StandardUpdater(SerialIterator(examples, batch_size, shuffle=False), optimizer, **options)


def test_a_step():
    updater = regression()
    model = updater.get_optimizer("main").target
    updater.update()
    # Examples 0 and 1: y = 0 and 1, t = 0 and -1, so dy = 0 and 2 and the gradient is 2 for both weights and the bias.
    np.testing.assert_allclose(model.W.array, [[0.3, 0.3]], rtol=1e-6)
    np.testing.assert_allclose(model.b.array, [-0.2], rtol=1e-6)
    assert (updater.iteration, updater.epoch, updater.epoch_detail, updater.previous_epoch_detail, updater.is_new_epoch) == (
        1,
        0,
        0.5,
        0,
        False,
    )
    updater.update()
    assert (updater.epoch, updater.is_new_epoch, updater.get_optimizer("main").epoch) == (1, True, 1)


def test_what_a_converter_gives_are_the_arguments():
    seen = []

    def loss(*args, **kwargs):
        seen.append((args, kwargs))
        return F.sum(chainjax.Variable(np.zeros(1, np.float32)))

    for converter in (lambda batch, device: (1, 2), lambda batch, device: {"x": 1}, lambda batch, device: [3, 4], lambda batch, device: 5):
        regression(converter=converter, loss_func=loss).update()
    assert seen == [((1, 2), {}), ((), {"x": 1}), (([3, 4],), {}), ((5,), {})]


def test_functions_of_former_times_get_the_number_of_a_device():
    seen = []

    def converter(batch, device):
        seen.append(device)
        return chainjax.dataset.concat_examples(batch)

    @chainjax.dataset.converter()
    def of_today(batch, device):
        seen.append(device)
        return chainjax.dataset.concat_examples(batch, device)

    for given in (converter, of_today):
        for device in (None, "@numpy"):
            regression(converter=given, device=device).update()
    assert seen == [None, -1, None, chainjax.get_device("@numpy")]


def test_devices():
    updater = regression(device="@jax:cpu:1")
    model = updater.get_optimizer("main").target
    assert model.W.device == updater.device == updater.input_device == chainjax.get_device("@jax:cpu:1")
    updater.update()
    np.testing.assert_allclose(model.W.array.get(), [[0.3, 0.3]], rtol=1e-6)
    seen = []
    updater = regression(
        input_device="@jax:cpu:0",
        converter=lambda batch, device: seen.append(device),
        loss_func=lambda x: F.sum(updater.get_optimizer("main").target.W),
    )
    assert (updater.device, updater.input_device) == (None, chainjax.get_device("@jax:cpu:0"))
    updater.update()
    assert seen == [0]


def test_several_iterators_and_optimizers():
    """As in adversarial training: two models with an optimizer each, in one step of the user's own."""

    class Adversaries(StandardUpdater):
        def update_core(self):
            z = chainjax.dataset.concat_examples(self.get_iterator("noise").next())
            real = chainjax.dataset.concat_examples(self.get_iterator("main").next())
            generate, judge = (self.get_optimizer(name).target for name in ("generate", "judge"))
            fake = generate(z)
            score = judge(fake)
            loss = F.sum(F.softplus(-judge(real))) + F.sum(F.softplus(score))
            chainjax.report({"loss": loss}, judge)
            self.get_optimizer("generate").update(lambda: F.sum(F.softplus(-score)))
            self.get_optimizer("judge").update(lambda: loss)

    optimizers = {name: chainjax.optimizers.Adam().setup(L.Linear(2, 2 if name == "generate" else 1)) for name in ("generate", "judge")}
    points = [np.float32([i, 1]) for i in range(4)]
    iterators = {"main": SerialIterator(points, 2), "noise": SerialIterator(points, 2)}
    updater = Adversaries(iterators, optimizers, auto_new_epoch=False)
    trainer = Trainer(updater, (3, "iteration"))
    losses = []
    trainer.extend(lambda trainer: losses.append(trainer.observation["judge/loss"]), name="losses")
    trainer.run()
    assert len({float(loss.array) for loss in losses}) == 3
    assert [optimizer.t for optimizer in updater.get_all_optimizers().values()] == [3, 3]
    serializer = DictionarySerializer()
    updater.serialize(serializer)
    assert {key.split("/")[0] for key in serializer.target} == {
        "iterator:main", "iterator:noise", "optimizer:generate", "optimizer:judge", "model:generate", "model:judge", "iteration"
    }  # fmt: skip


def test_loss_scale():
    updater = regression(loss_scale=1024.0)
    updater.update()
    np.testing.assert_allclose(updater.get_optimizer("main").target.W.array, [[0.3, 0.3]], rtol=1e-6)
    assert updater.loss_scale == updater.get_optimizer("main")._loss_scale == 1024


def test_a_loss_scale_that_adapts_goes_on_after_loading(tmp_path):
    def updater():
        optimizer = chainjax.optimizers.SGD(1e-3)
        optimizer.loss_scaling(interval=2)
        return regression(optimizer)

    first = updater()
    for _ in range(3):
        first.update()
    second, states = updater(), []
    for overflow in (False, True):  # after one, the scale grows slowly
        first.get_optimizer("main")._loss_scaling_isnan_ever = overflow
        save_npz(tmp_path / "file.npz", first)
        load_npz(tmp_path / "file.npz", second)
        optimizer = second.get_optimizer("main")
        states.append((optimizer._loss_scale, optimizer._loss_scaling_isnan_ever))
    assert states == [(8, False), (8, True)]
    with np.load(tmp_path / "file.npz", allow_pickle=True) as file:
        chainer_s = {key: file[key] for key in file.files if not key.startswith("loss_scale")}
    with pytest.warns(UserWarning, match="no loss scale of the optimizer 'main'"):
        updater().serialize(NpzDeserializer(chainer_s))


@pytest.fixture
def deterministic():
    with chainjax.using_config("deterministic", True):
        yield


@pytest.mark.parametrize("kind", ["npz", "hdf5"])
@pytest.mark.parametrize("links", [(L.LSTM, L.StatefulGRU), (L.StatefulPeepholeLSTM, L.StatefulMGU)])
def test_what_recurrent_links_remember_goes_on_after_loading(kind, links, tmp_path, deterministic):
    save, load = (getattr(chainjax.serializers, f"{what}_{kind}") for what in ("save", "load"))

    class Truncated(StandardUpdater):
        def update_core(self):
            x = chainjax.dataset.concat_examples(self.get_iterator("main").next())
            loss = F.sum(self.get_optimizer("main").target(x))
            self.get_optimizer("main").target.cleargrads()
            loss.backward()
            loss.unchain_backward()
            self.get_optimizer("main").update()

    def updater():
        np.random.seed(0)
        model = chainjax.Sequential(*[cls(2, 2) for cls in links])
        return Truncated(SerialIterator([x for x, t in EXAMPLES], 2, shuffle=False), chainjax.optimizers.SGD(0.1).setup(model))

    first, second, path = updater(), updater(), str(tmp_path / "file")
    save(path, first)  # there is nothing to remember yet
    for _ in range(3):
        second.update()
    load(path, second)
    assert all(getattr(link, name) is None for link in second.get_optimizer("main").target for name in link._state)
    for _ in range(3):
        first.update()
    save(path, first)
    load(path, second)
    for updater in (first, second):
        updater.update()
    models = [updater.get_optimizer("main").target for updater in (first, second)]
    for name in models[0][0]._state:
        np.testing.assert_array_equal(*[getattr(model[0], name).array for model in models])
    for a, b in zip(models[0].params(), models[1].params(), strict=True):
        np.testing.assert_array_equal(a.array, b.array)


@pytest.mark.parametrize("auto", [True, False])
def test_who_says_that_an_epoch_ends(auto):
    updater = regression(auto_new_epoch=auto)
    optimizer = updater.get_optimizer("main")
    for _ in range(4):
        updater.update()
    assert (optimizer.use_auto_new_epoch, optimizer.epoch) == (auto, 2 if auto else 0)


def test_finalize_reaches_the_iterators():
    updater = regression()
    done = []
    updater.get_iterator("main").finalize = lambda: done.append(1)
    updater.finalize()
    assert done == [1]


@pytest.mark.parametrize(
    "call", [lambda u: u.update(), lambda u: u.finalize(), lambda u: u.get_optimizer("main"), lambda u: u.get_all_optimizers(),
             lambda u: u.serialize(None)],
)  # fmt: skip
def test_the_interface_says_what_is_missing(call):
    with pytest.raises(NotImplementedError, match="Updater must define "):
        call(Updater())


def test_what_is_forgotten_is_told():
    with pytest.raises(TypeError, match=r"expected an iterator.*got list; of a dataset, iterators.SerialIterator"):
        StandardUpdater(EXAMPLES, chainjax.optimizers.SGD().setup(L.Linear(2, 1)))
    with pytest.raises(RuntimeError, match=r"call optimizer.setup\(model\) first"):
        StandardUpdater(SerialIterator(EXAMPLES, 1), chainjax.optimizers.SGD(), device="@numpy")


def test_a_step_waits_for_no_numbers():
    updater = regression()
    chainjax.engine.reset_statistics()
    for _ in range(5):
        updater.update()
    assert {reason for reason, line in chainjax.engine.statistics()["lines"]} == {"update"}
