"""Datasets, iterators and converters where Chainer's own tests do not look."""

import pickle

import numpy as np
import pytest

import chainjax
from chainjax import backend, dataset, serializers
from chainjax.datasets import TupleDataset
from chainjax.iterators import OrderSampler, SerialIterator, ShuffleOrderSampler
from chainjax.iterators._order import IteratorState, iterator_statemachine


class Letters(dataset.DatasetMixin):
    def __len__(self):
        return 4

    def get_example(self, i):
        return "abcd"[i]


def test_mixin_indexes_like_a_list():
    letters, plain = Letters(), list("abcd")
    assert [letters[i] for i in (0, 3, -1)] == ["a", "d", "d"]
    for s in (slice(None), slice(3, 0, -2), slice(-2, None), slice(7)):
        assert letters[s] == plain[s]
    assert letters[np.array([2, 0])] == letters[[2, 0]] == ["c", "a"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: len(dataset.DatasetMixin()), "DatasetMixin must say how many"),
        (lambda: dataset.DatasetMixin()[0], "DatasetMixin must say how an example"),
        (lambda: next(dataset.Iterator()), "Iterator must say what the next"),
        (lambda: dataset.Converter()([1], None), "Converter must say how"),
        (lambda: OrderSampler()([1], 0), "OrderSampler must say what"),
    ],
)
def test_what_subclasses_must_define(call, message):
    with pytest.raises(NotImplementedError, match=message):
        call()


def test_tuples_of_nothing_or_of_different_lengths_are_errors():
    with pytest.raises(ValueError, match="at least one dataset"):
        TupleDataset()
    with pytest.raises(ValueError, match="expected 2 examples in all datasets, got 3 in number 1"):
        TupleDataset([1, 2], [1, 2, 3])


def test_concatenation_keeps_dtypes_and_copies():
    x = np.zeros((2, 3), np.float16)
    batch = dataset.concat_examples([(row, np.int32(i)) for i, row in enumerate(x)])
    assert [a.dtype for a in batch] == [np.float16, np.int32]
    batch[0][...] = 1
    assert not x.any()


def test_accelerator_arrays_stay_where_they_are():
    device = chainjax.get_device("@jax:cpu:1")
    a = [device.send(np.full(n, n, "f")) for n in (1, 2)]
    padded = dataset.concat_examples(a, padding=9)
    assert backend.get_device_from_array(padded) == device
    assert padded.get().tolist() == [[1, 9], [2, 2]]
    whole = dataset.concat_examples([a[1], a[1]])
    assert backend.get_device_from_array(whole) == device
    assert dataset.concat_examples([a[1]], device=-1).tolist() == [[2, 2]]


def test_paddings_by_position_and_by_key():
    ragged = [np.array([1, 2]), np.array([3])]
    x, y = dataset.concat_examples([(a, a) for a in ragged], padding=(7, 8))
    assert (x.tolist(), y.tolist()) == ([[1, 2], [3, 7]], [[1, 2], [3, 8]])
    d = dataset.concat_examples([{"x": a, "y": a} for a in ragged], padding={"x": 7, "y": 8})
    assert (d["x"].tolist(), d["y"].tolist()) == (x.tolist(), y.tolist())


def test_different_shapes_need_padding():
    with pytest.raises(ValueError, match="same shape"):
        dataset.concat_examples([np.zeros(2), np.zeros(3)])
    for convert in (dataset.concat_examples, dataset.ConcatWithAsyncTransfer()):
        with pytest.raises(ValueError, match="batch is empty"):
            convert([])


def test_converters_see_devices_whatever_names_them():
    seen = dataset.converter()(lambda batch, device=None, more=0: (device, more))
    cpu = chainjax.get_device("@numpy")
    assert [seen([], -1), seen([], device="@numpy", more=2), seen([], None, 3), seen([])] == [(cpu, 0), (cpu, 2), (None, 3), (None, 0)]
    assert pickle.loads(pickle.dumps(dataset.concat_examples))([1, 2]).tolist() == [1, 2]
    with pytest.raises(TypeError, match="expected a function"):
        dataset.converter()(3)


def test_asynchronous_transfer_is_for_one_device():
    convert = dataset.ConcatWithAsyncTransfer()
    assert convert([1, 2], -1).tolist() == [1, 2]
    with pytest.raises(ValueError, match="expected the device of the first call, -1, got 0"):
        convert([1, 2], 0)


def test_iterators_draw_from_numpys_state():
    np.random.seed(3)
    orders = [np.random.permutation(5).tolist() for _ in range(2)]
    np.random.seed(3)
    it = SerialIterator(range(5), 5)
    assert [next(it), next(it)] == orders
    own = SerialIterator(range(5), 5, order_sampler=ShuffleOrderSampler(np.random.RandomState(3)))
    assert next(own) == orders[0]


def test_a_minibatch_larger_than_the_dataset_spans_sweeps():
    it = SerialIterator([1, 2, 3], 7, shuffle=False)
    assert next(it) == [1, 2, 3, 1, 2, 3, 1]
    assert (it.epoch, it.epoch_detail, it.is_new_epoch) == (2, 2 + 1 / 3, True)


def test_iterator_errors():
    with pytest.raises(ValueError, match="leave shuffle at None"):
        SerialIterator([1], 1, shuffle=False, order_sampler=ShuffleOrderSampler())
    with pytest.raises(ValueError, match="epoch size is 0"):
        iterator_statemachine(IteratorState(0, 0, False, None), 1, True, None, 0)
    with pytest.raises(ValueError, match="as many indices as before, 2, but gave 1"):
        next(SerialIterator([1, 2], 2, order_sampler=lambda order, _: order[:-1] if order[0] else order + 1))


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_saved_iterator_goes_on_where_it_was(tmp_path, shuffle):
    it = SerialIterator(range(7), 3, shuffle=shuffle)
    next(it), next(it)
    serializers.save_npz(str(tmp_path / "it.npz"), it)
    other = SerialIterator(range(7), 3, shuffle=shuffle)
    serializers.load_npz(str(tmp_path / "it.npz"), other)
    assert (other.epoch_detail, other.previous_epoch_detail) == (it.epoch_detail, it.previous_epoch_detail)
    np.random.seed(0)
    rest = [next(it) for _ in range(3)]
    np.random.seed(0)
    assert [next(other) for _ in range(3)] == rest


def test_leaving_an_iterator_finalizes_it():
    class Counted(SerialIterator):
        finalized = 0

        def finalize(self):
            self.finalized += 1

    with Counted([1, 2], 1) as it:
        assert it.next() in ([1], [2])
    assert it.finalized == 1


def test_chainers_files_are_found():
    from chainjax.compat import install

    install()
    import chainer

    assert chainer.dataset.convert.concat_examples is dataset.concat_examples
    assert chainer.iterators.serial_iterator.SerialIterator is SerialIterator
    assert chainer.datasets.tuple_dataset.TupleDataset is TupleDataset
