"""The sets that Chainer downloads, small ones of their formats. Nothing is fetched: whatever would be is an error here."""

import gzip
import io
import os
import pickle
import struct
import sys
import tarfile

import numpy as np
import pytest

import chainjax
from chainjax import datasets
from chainjax.dataset import _download
from chainjax.serializers import save_npz

rng = np.random.RandomState(0)
X = {n: rng.randint(0, 256, (n, 784)).astype(np.uint8) for n in (5, 3)}
Y = {n: np.arange(n, dtype=np.uint8) for n in (5, 3)}


def zipped(data, level=9):
    return gzip.compress(data, level, mtime=0)  # without the time: archives are in the names of tests, which all processes must agree on


@pytest.fixture
def root(tmp_path, monkeypatch):
    before = chainjax.dataset.get_dataset_root()
    chainjax.dataset.set_dataset_root(str(tmp_path))

    def unreachable(address, path):
        raise ConnectionError("there is no network")

    monkeypatch.setattr(_download, "_download", unreachable)
    yield tmp_path / "pfnet" / "chainer"
    chainjax.dataset.set_dataset_root(before)


def put(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def idx(array):
    return zipped(struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes())


def put_mnist(folder, parts=("train", "t10k")):
    for part, n in zip(("train", "t10k"), (5, 3), strict=True):
        if part in parts:
            put(folder, f"{part}-images-idx3-ubyte.gz", idx(X[n].reshape(n, 28, 28)))
            put(folder, f"{part}-labels-idx1-ubyte.gz", idx(Y[n]))


def tar(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def put_cifar100(folder, train, test=None):
    files = {"cifar-100-python/train": train, "cifar-100-python/test": train if test is None else test}
    put(folder, "cifar-100-python.tar.gz", tar(files))


PIXELS = rng.randint(0, 256, (4, 3072)).astype(np.uint8)


def batch(protocol=2, labels="fine_labels", values=(9, 99, 0, 1), pixels=PIXELS):
    return pickle.dumps({"data": pixels, labels: values, "filenames": ["a"] * 4}, protocol=protocol)


# MNIST ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("get", "folder"),
    [
        (datasets.get_mnist, "mnist"),
        (datasets.get_fashion_mnist, "fashion-mnist"),
        (datasets.get_kuzushiji_mnist, "kuzushiji_mnist"),
    ],
)
@pytest.mark.parametrize("made_by", ["publishers", "chainer"])
def test_images_like_mnist(root, get, folder, made_by):
    if made_by == "publishers":
        put_mnist(root / folder)
    else:
        for part, n in (("train", 5), ("test", 3)):
            (root / folder).mkdir(parents=True, exist_ok=True)
            np.savez_compressed(root / folder / f"{part}.npz", x=X[n], y=Y[n])
    train, test = get()
    assert [type(part) for part in (train, test)] == [datasets.TupleDataset] * 2
    assert len(train), len(test) == (5, 3)
    np.testing.assert_array_equal(train._datasets[0], X[5].astype(np.float32) * np.float32(1 / 255))
    assert (train[4][1], train._datasets[1].dtype) == (4, np.int32)
    with np.load(root / folder / "test.npz") as file:  # which real Chainer reads
        assert sorted(file.files) == ["x", "y"]
        np.testing.assert_array_equal(file["x"], X[3])
    _, images = get(withlabel=False, ndim=3, scale=255.0, dtype=np.float64, rgb_format=True)
    np.testing.assert_array_equal(images, np.repeat(X[3].reshape(3, 1, 28, 28), 3, 1))
    assert get(ndim=2, label_dtype=np.int8)[1]._datasets[0].shape == (3, 28, 28)
    with pytest.raises(ValueError, match=f"{get.__name__}: expected ndim 1, 2 or 3, got 4"):
        get(ndim=4)


def test_archives_where_chainer_downloads_them(root):
    put_mnist(root / "elsewhere")
    os.makedirs(os.path.dirname(_download.cache_path("")))
    for path in (root / "elsewhere").iterdir():
        path.rename(_download.cache_path(f"http://yann.lecun.com/exdb/mnist/{path.name}"))
    assert len(datasets.get_mnist()[0]) == 5


def test_what_is_missing_is_said(root):
    put_mnist(root / "mnist", ["train"])
    os.remove(root / "mnist" / "train-labels-idx1-ubyte.gz")
    with pytest.raises(FileNotFoundError) as caught:
        datasets.get_mnist()
    url = "http://yann.lecun.com/exdb/mnist/train-labels-idx1-ubyte.gz"
    assert f"fetch {url} where there is a network, or train.npz from a machine where Chainer has it" in str(caught.value)
    assert str(caught.value).endswith(f"put that into {root / 'mnist'}")
    assert "there is no network" in str(caught.value.__cause__)


def test_labels():
    assert datasets.get_kuzushiji_mnist_labels()[1] == ("ki", "き")
    assert datasets.get_fashion_mnist_labels()[9] == "Ankle boot"


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (b"<html>not found</html>", "is no gzip file of MNIST, or is damaged .* remove it"),
        (idx(X[5].reshape(5, 28, 28))[:-20], "or is damaged"),
        (zipped(b"\0\0\x08"), "or is damaged"),
        (idx(np.arange(20, dtype=np.uint8)), "expected bytes in 3 axes of MNIST, got magic number 0x801"),
        (idx(X[5][:, :729].reshape(5, 27, 27)), r"sizes \[5, 27, 27\]"),
        (idx(X[3].reshape(3, 28, 28)), r"'y' of train-images.*: expected numbers of shape \(3\), got shape \(5,\)"),
        (zipped(struct.pack(">4I", 0x803, 5, 28, 28)), r"expected 3920 bytes for the sizes \[5, 28, 28\], got 0"),
        (zipped(struct.pack(">4I", 0x803, 1, 28, 28) + bytes(785)), "got more"),
        (zipped(struct.pack(">4I", 0x803, 1 << 30, 28, 28)), "made to fill the memory"),
    ],
)
def test_damaged_archives_of_mnist(root, images, message):
    put_mnist(root / "mnist")
    put(root / "mnist", "train-images-idx3-ubyte.gz", images)
    with pytest.raises(OSError, match=message):
        datasets.get_mnist()
    assert not (root / "mnist" / "train.npz").exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X[5]}, "'y': expected an array, but it is not there"),
        ({"x": X[5], "y": Y[3]}, r"'y': expected numbers of shape \(5\), got shape \(3,\)"),
        ({"x": X[5].reshape(5, 28, 28), "y": Y[5]}, r"'x': expected numbers of shape \(n, 784\)"),
        ({"x": X[5].astype("c8"), "y": Y[5]}, "dtype complex64"),
        ({"x": np.array([{}], object), "y": Y[5]}, "is a Python object"),
        (None, "is no NPZ file"),
    ],
)
def test_damaged_files_of_chainer(root, arrays, message):
    (root / "mnist").mkdir(parents=True)
    path = root / "mnist" / "train.npz"
    if arrays is None:
        path.write_text("<html>")
    elif arrays["x"].dtype == object:
        np.savez(path, **arrays)
    else:
        save_npz(str(path), arrays)
    with pytest.raises(OSError, match=message) as caught:
        datasets.get_mnist()
    assert f"remove {path}, and it is made again from train-images-idx3-ubyte.gz" in caught.value.__notes__[-1]


def test_a_full_disk_leaves_no_half_file(root, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    put_mnist(root / "mnist")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left on device"):
            datasets.get_mnist()
    assert sorted(path.suffix for path in (root / "mnist").iterdir()) == [".gz"] * 4
    assert len(datasets.get_mnist()[0]) == 5


# CIFAR ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("labels", [[9, 99, 0, 1], np.array([9, 99, 0, 1]), np.array([9, 99, 0, 1], ">i2")], ids=["list", "array", "big"])
def test_pickles_of_numpy_are_read(root, protocol, labels):
    put_cifar100(root / "cifar", batch(protocol, values=labels), batch(protocol, pixels=np.asfortranarray(PIXELS)))
    train, test = datasets.get_cifar100(ndim=1, scale=255.0)
    np.testing.assert_array_equal(train._datasets[0], PIXELS)
    np.testing.assert_array_equal(test._datasets[0], PIXELS)
    assert train._datasets[1].tolist() == [9, 99, 0, 1]
    with np.load(root / "cifar" / "cifar-100.npz") as file:
        assert sorted(file.files) == ["test_x", "test_y", "train_x", "train_y"]
        assert {file[name].dtype for name in file.files} == {np.dtype(np.uint8)}


# A pickle of Python 2 as the publishers have it: its strings are bytes.
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x01M"
    b"\x00\x0c\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x00\x0c\x00\x00"
    + bytes(range(256)) * 12
    + b"tbU\x0bfine_labelsq\x08]q\tK\x07au."
)


def test_pickles_of_python_2_are_read(root):
    put_cifar100(root / "cifar", PYTHON_2)
    images, _ = datasets.get_cifar100(withlabel=False, scale=255.0)
    np.testing.assert_array_equal(images.reshape(12, 256), np.tile(np.arange(256), (12, 1)))


def test_cifar10_is_the_batches_in_turn(root):
    pixels = rng.randint(0, 256, (6, 1, 3072)).astype(np.uint8)
    names = [*[f"data_batch_{i}" for i in range(1, 6)], "test_batch"]
    content = {f"cifar-10-batches-py/{name}": batch(2, "labels", [i], pixels[i]) for i, name in enumerate(names)}
    put(root / "cifar", "cifar-10-python.tar.gz", tar(content))
    train, test = datasets.get_cifar10(scale=255.0, dtype=np.float64)
    np.testing.assert_array_equal(train._datasets[0], pixels[:5, 0].reshape(5, 3, 32, 32))
    assert (train._datasets[1].tolist(), test[0][1]) == ([0, 1, 2, 3, 4], 5)
    with pytest.raises(ValueError, match="get_cifar10: expected ndim 1 or 3, got 2"):
        datasets.get_cifar10(ndim=2)


class Evil:
    def __init__(self, function, *args):
        self._reduced = function, args

    def __reduce__(self):
        return self._reduced


def test_nothing_in_a_pickle_is_run(root, tmp_path):
    mark = tmp_path / "run"
    for evil in (Evil(os.mkdir, str(mark)), Evil(eval, f"open({str(mark)!r}, 'w')"), Evil(sys.exit)):
        put_cifar100(root / "cifar", pickle.dumps({"data": PIXELS, "fine_labels": evil}))
        with pytest.raises(OSError, match="has no business in images"):
            datasets.get_cifar100()
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (batch(pixels=PIXELS[:, 1:]), r"data: expected numbers of shape \(4, 3072\), got shape \(4, 3071\)"),
        (batch(pixels=PIXELS.astype("f")), "numbers of dtype 'f4' have no business"),
        (batch(pixels=PIXELS.astype("O")), "numbers of dtype 'O8' have no business"),
        (batch(values=[1, 2, 3]), r"fine_labels: expected numbers of shape \(4\), got shape \(3,\)"),
        (batch(values=[1, 2, 3, 256]), "expected a label from 0 to 255, got 256"),
        (batch(values=np.array([1, 2, 3, -1])), "expected numbers from 0 to 255, got -1 to 3"),
        (batch(labels="other"), "KeyError: 'fine_labels'"),
        (batch()[:-900], "can be read"),
        (b"", "can be read"),
        (b"\x80\x02K\x01r\xff\xff\xff\x7f.", "'int' object is not subscriptable"),  # would make Python's unpickler in C take 32 GiB
        (b"\x80\x02cnumpy\nndarray\nN}U\x05arrayK\x01s\x86b.", "can be read"),  # sets attributes of the class itself
        (b"\x80\x02c_codecs\nencode\nN}U\x01aK\x01s\x86b.", "can be read"),
    ],
)
def test_damaged_and_hostile_pickles(root, content, message):
    put_cifar100(root / "cifar", content)
    with pytest.raises(OSError, match=message):
        datasets.get_cifar100()
    assert not (root / "cifar" / "cifar-100.npz").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "is no compressed tar file, or is damaged"),
        (tar({"cifar-100-python/train": batch()}), "cifar-100-python/test.* no images"),
        (zipped(b"nothing"), "is no compressed tar file"),
        (zipped(bytes(3000)), "no images and fine_labels can be read"),
        (zipped(bytes(257 << 20), 1), "made to fill the memory"),
    ],
)
def test_damaged_and_hostile_archives(root, content, message):
    put(root / "cifar", "cifar-100-python.tar.gz", content)
    with pytest.raises(OSError, match=message):
        datasets.get_cifar100()


# SVHN -------------------------------------------------------------------------------------------------------------------------


def matlab(**arrays):
    io_ = pytest.importorskip("scipy.io", reason="SciPy is an extra")
    stream = io.BytesIO()
    io_.savemat(stream, arrays, do_compression=True)
    return stream.getvalue()


def test_house_numbers(root):
    pixels = {n: rng.randint(0, 256, (32, 32, 3, n)).astype(np.uint8) for n in (3, 2, 1)}
    for part, n in (("train", 3), ("test", 2), ("extra", 1)):
        labels = np.arange(10, 10 - n, -1)[:, None].astype(float)
        put(root / "svhn", f"{part}_32x32.mat", matlab(X=pixels[n], y=labels))
    for _ in range(2):  # of MATLAB's files, and of those made from them
        train, test, extra = datasets.get_svhn(scale=255.0, label_dtype=np.int64, add_extra=True)
        np.testing.assert_array_equal(train._datasets[0][2], pixels[3][..., 2].transpose(2, 0, 1))
        assert [part._datasets[1].tolist() for part in (train, test, extra)] == [[0, 9, 8], [0, 9], [0]]
    images, _ = datasets.get_svhn(withlabel=False)
    assert (images.dtype, images.max() <= 1) == (np.float32, True)


def test_damaged_files_of_matlab(root):
    for content, message in [
        (b"<html>", "no images X and labels y can be read"),
        (matlab(X=np.zeros((32, 32, 3, 2), np.uint8)), "KeyError: 'y'"),
        (matlab(X=np.zeros((32, 32, 2), np.uint8), y=np.ones((2, 1))), r"'X': expected numbers of shape \(32, 32, 3, n\)"),
        (matlab(X=np.zeros((32, 32, 3, 2), np.uint8), y="ab"), "'y'|char"),
    ]:
        put(root / "svhn", "train_32x32.mat", content)
        with pytest.raises(OSError, match=message):
            datasets.get_svhn()


# PTB --------------------------------------------------------------------------------------------------------------------------


def test_words(root):
    for part, text in (("train", " a b <unk> \n\n b c\n"), ("valid", "c\n"), ("test", "<unk> a")):
        put(root / "ptb", f"ptb.{part}.txt", text.encode())
    for _ in range(2):
        train, valid, test = datasets.get_ptb_words()
        vocabulary = datasets.get_ptb_words_vocabulary()
        assert vocabulary == {"a": 0, "b": 1, "<unk>": 2, "<eos>": 3, "c": 4}
        assert [part.tolist() for part in (train, valid, test)] == [[0, 1, 2, 3, 3, 1, 4, 3], [4, 3], [2, 0, 3]]
        assert train.dtype == np.int32
    assert (root / "ptb" / "vocab.txt").read_text() == "a\nb\n<unk>\n<eos>\nc\n"


@pytest.mark.parametrize(("test", "message"), [(b"d", "the word 'd' is not in vocab.txt"), (b"\xff\xfe", "is no text")])
def test_damaged_texts(root, test, message):
    for part, text in (("train", b"a\n"), ("valid", b"a\n"), ("test", test)):
        put(root / "ptb", f"ptb.{part}.txt", text)
    with pytest.raises(OSError, match=message):
        datasets.get_ptb_words()


def test_missing_texts_are_named(root):
    message = r"get_ptb_words_vocabulary: vocab\.txt is not in .*/ptb\.train\.txt where there is a network"
    with pytest.raises(FileNotFoundError, match=message):
        datasets.get_ptb_words_vocabulary()
