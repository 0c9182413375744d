"""Datasets of text, pickles and images in files."""

import io
import os
import pickle
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pytest

import chainjax
from chainjax import datasets
from chainjax.datasets import _image
from chainjax.iterators import MultiprocessIterator

Image = pytest.importorskip("PIL.Image", reason="Pillow is an extra")


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {i}\n" for i in range(2000)), encoding="utf-8")
    return path


@pytest.fixture
def images(tmp_path):
    """A coloured and a grey image, in a folder and in a ZIP file, and a list of their names with labels."""
    colours = np.random.RandomState(0).randint(0, 256, (4, 5, 3)).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "colours.png")
    Image.fromarray(colours[..., 0]).save(tmp_path / "grey.png")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("colours.png", "grey.png"):
            archive.write(tmp_path / name, f"folder/{name}")
        archive.mkdir("empty")
    (tmp_path / "labels.txt").write_text("folder/grey.png 7\nfolder/colours.png -1\n")
    return tmp_path, colours.transpose(2, 0, 1)


# Text -------------------------------------------------------------------------------------------------------------------------


def test_lines_in_any_order(text):
    with datasets.TextDataset(text) as lines:
        assert len(lines) == 2000
        assert [lines[i] for i in (1999, 0, 77)] == ["line 1999\n", "line 0\n", "line 77\n"]
        for i in (-1, 2000):
            with pytest.raises(IndexError, match=f"expected an index from 0 to 1999, got {i}"):
                lines[i]
    with pytest.raises(ValueError, match="closed file"):
        lines[0]


def test_encodings_that_are_not_utf8(tmp_path):
    for encoding in ("utf-16", "latin-1", "utf-8-sig", "shift_jis"):
        letters = "é" if encoding == "latin-1" else "か"
        (tmp_path / encoding).write_text(f"{letters}\n\nzwei\n", encoding=encoding)
        with datasets.TextDataset(str(tmp_path / encoding), encoding=encoding) as lines:
            assert [lines[i] for i in (2, 0, 1)] == ["zwei\n", f"{letters}\n", "\n"]


def test_text_errors(text, tmp_path):
    (tmp_path / "other").write_bytes(b"a\n\xff\n")
    for call, message in [
        (lambda: datasets.TextDataset([]), "at least one path"),
        (lambda: datasets.TextDataset([text], newline=["", None]), "one newline for each of 1 files, got 2"),
        (lambda: datasets.TextDataset([text, text, tmp_path / "other"], errors="ignore"), "other' ends after 2 of them"),
        (lambda: datasets.TextDataset(tmp_path / "other"), "invalid start byte"),
    ]:
        with pytest.raises(ValueError, match=message) as caught:
            call()
    assert "give TextDataset the file's encoding" in caught.value.__notes__[0]


def test_threads_do_not_mix_lines(text):
    wrong = []
    with datasets.TextDataset([text, text]) as lines:

        def read(seed):
            for i in np.random.RandomState(seed).randint(0, 2000, 300):
                if lines[i] != (f"line {i}\n",) * 2:
                    wrong.append(i)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


FORKS = """
import os, sys, threading
from chainjax.datasets import TextDataset, open_pickle_dataset
text, pickled = TextDataset(sys.argv[1]), open_pickle_dataset(sys.argv[2])
text[0]
held = threading.Event(), threading.Event()

def hold():
    with text._lock, pickled._lock:
        held[0].set()
        held[1].wait()

threading.Thread(target=hold).start()
held[0].wait()
children = []
for child in range(3):
    pid = os.fork()  # while a thread holds the locks
    if not pid:
        right = all(text[i] == f"line {i}\\n" and pickled[i] == i for i in range(child, 400, 3))
        os._exit(0 if right else 1)
    children.append(pid)
held[1].set()
right = all(text[i] == f"line {i}\\n" and pickled[i] == i for i in range(400))
print(right, [os.waitpid(pid, 0)[1] for pid in children])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_forked_processes_have_positions_and_locks_of_their_own(text, tmp_path):
    with datasets.open_pickle_dataset_writer(tmp_path / "pickles") as writer:
        for i in range(400):
            writer.write(i)
    command = [sys.executable, "-W", "ignore", "-c", FORKS, text, tmp_path / "pickles"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "True [0, 0, 0]\n", done.stderr


def test_other_processes_read_the_files_too(text, tmp_path, images):
    with datasets.open_pickle_dataset_writer(tmp_path / "pickles") as writer:
        writer.write({"a": 1})
    parts = (
        datasets.TextDataset(text),
        datasets.open_pickle_dataset(tmp_path / "pickles"),
        datasets.ZippedImageDataset(images[0] / "all.zip", np.uint8),
    )
    first = [part[0] for part in parts]
    for made in ([part[0] for part in pickle.loads(pickle.dumps(parts))], _in_a_process(parts)):
        assert made[:2] == first[:2]
        np.testing.assert_array_equal(made[2], images[1])
    for part in parts:
        part.close()


def _in_a_process(parts):
    with MultiprocessIterator(datasets.TupleDataset(*[datasets.SubDataset(part, 0, 1) for part in parts]), 1) as iterator:
        return list(next(iterator)[0])


# Pickles ----------------------------------------------------------------------------------------------------------------------


def test_a_pickle_that_is_cut_off_is_not_left_out():
    file = io.BytesIO()
    with pytest.raises(AttributeError):
        datasets.PickleDatasetWriter(file).write([1, lambda: 2])
    writer = datasets.PickleDatasetWriter(file)
    for x in (1, list(range(1000))):
        writer.write(x)
    assert datasets.PickleDataset(file)[1][-1] == 999
    content, start = file.getvalue(), len(pickle.dumps(1, pickle.HIGHEST_PROTOCOL))
    for end in (len(content) - 1, len(content) - 1500, start + 2):
        with pytest.raises(EOFError, match=f"cut off in object 1, which begins at {start}"):
            datasets.PickleDataset(io.BytesIO(content[:end]))


def test_pickles_need_a_reader_that_can_seek(tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    with pytest.raises(ValueError, match="expected a reader that can seek"):
        datasets.PickleDataset(Pipe())
    (tmp_path / "bad").write_bytes(b"\x80\x05")
    with pytest.raises(EOFError, match="in object 0"):
        datasets.open_pickle_dataset(tmp_path / "bad")


# Images -----------------------------------------------------------------------------------------------------------------------


def test_images_have_the_channels_of_their_files(images):
    folder, colours = images
    names = ["colours.png", "grey.png"]
    (folder / "names.txt").write_text("\n".join(names))
    (folder / "pairs.txt").write_text("grey.png 3\n")
    in_folder = datasets.ImageDataset(names, folder)
    in_zip = datasets.ZippedImageDataset(folder / "all.zip")
    twice = datasets.MultiZippedImageDataset([folder / "all.zip"] * 2)
    for dataset in (in_folder, datasets.ImageDataset(folder / "names.txt", folder), in_zip, twice):
        np.testing.assert_array_equal(dataset[0], colours)
        np.testing.assert_array_equal(dataset[np.int64(1)], colours[:1])
        assert dataset[0].dtype == np.float32
    assert [len(d) for d in (in_folder, in_zip, twice)] == [2, 2, 4]
    with chainjax.using_config("dtype", np.dtype(np.float16)):
        labelled = datasets.LabeledImageDataset(folder / "pairs.txt", folder)
    (image, label) = labelled[0]
    assert (image.shape, image.dtype, label.shape, label.dtype, int(label)) == ((1, 4, 5), np.float16, (), np.int32, 3)
    assert datasets.LabeledImageDataset([("grey.png", 2.5)], folder, label_dtype=np.float64)[0][1] == 2.5


def test_labels_of_zipped_images(images):
    folder, colours = images
    dataset = datasets.LabeledZippedImageDataset(folder / "all.zip", folder / "labels.txt", np.int32)
    assert [int(label) for _, label in dataset[:]] == [7, -1]
    np.testing.assert_array_equal(dataset[1][0], colours)
    (folder / "wrong.txt").write_text("folder/none.png 1\n")
    wrong = datasets.LabeledZippedImageDataset(folder / "all.zip", folder / "wrong.txt")
    with pytest.raises(KeyError, match=r"none\.png") as caught:
        wrong[0]
    assert caught.value.__notes__[-1] == "example 0 of LabeledZippedImageDataset"


@pytest.mark.parametrize("line", ["a.png", "a.png one", "", "a b 1"])
def test_lines_without_labels(images, line):
    (images[0] / "wrong.txt").write_text(f"a.png 1\n{line}\n")
    for call in (
        lambda path: datasets.LabeledImageDataset(path),
        lambda path: datasets.LabeledZippedImageDataset(images[0] / "all.zip", path),
    ):
        with pytest.raises(ValueError, match=rf"expected a path and an integer in line 2 of '.*wrong\.txt', got '{line}\\n'"):
            call(images[0] / "wrong.txt")


def test_files_that_are_no_images_are_named(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(OSError, match=r"a\.png") as caught:
        datasets.ImageDataset(["b.png", "a.png"], tmp_path)[1]
    assert caught.value.__notes__ == ["example 1 of ImageDataset"]


def test_without_pillow_it_is_said_what_to_install(images, monkeypatch):
    monkeypatch.setattr(_image, "available", False)
    for call in (
        lambda: datasets.ImageDataset([]),
        lambda: datasets.LabeledImageDataset([]),
        lambda: datasets.ZippedImageDataset(images[0] / "all.zip"),
    ):
        with pytest.raises(ImportError, match=r"Pillow is needed to read images: pip install 'chainjax\[vision\]'"):
            call()


def test_closing_goes_on_after_an_error(text):
    lines = datasets.TextDataset([text] * 3)
    first, _, last = lines._files()
    middle, lines._files()[1] = lines._files()[1], None
    with pytest.raises(AttributeError):
        lines.close()
    assert (first.closed, last.closed) == (True, True)
    middle.close()
    lines._files()[1] = middle
