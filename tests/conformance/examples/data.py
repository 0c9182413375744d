"""Small made-up data in the formats that Chainer's examples read, in the places where they look for them.

``make(root, names, size)`` writes the named kinds into ``root`` once; ``size`` is ``"tiny"`` (seconds a run) or ``"long"`` (about a
minute a run under real Chainer). ``root/dataset`` is a ``CHAINER_DATASET_ROOT``, ``root/nltk_data`` an ``NLTK_DATA``; the rest
stands beside them under the names that the scripts' READMEs give.
"""

import hashlib
import io
import json
import pathlib
import tarfile
import wave

import numpy as np

MAKERS = {}


def maker(function):
    """Enter a kind of data under the name of its function, which takes ``(root, rng, long)``."""
    MAKERS[function.__name__] = function
    return function


def make(root, names, size):
    """Write the kinds of data that are not there yet; a kind is always the same numbers, whatever was made before it."""
    root = pathlib.Path(root)
    for name in names:
        done = root / "made" / name
        if done.exists():
            continue
        done.parent.mkdir(parents=True, exist_ok=True)
        MAKERS[name](root, np.random.RandomState(sum(name.encode())), size == "long")
        done.touch()
    return root


def _folder(path):
    path.mkdir(parents=True, exist_ok=True)
    return path


# images -----------------------------------------------------------------------------------------------------------------


def _pictures(rng, n, n_classes, shape):
    """``n`` noisy pictures ``(n, *shape)`` in bytes, each of one of ``n_classes`` patterns, and their classes."""
    patterns = rng.uniform(0, 255, (n_classes, *shape))
    classes = rng.randint(0, n_classes, n)
    strength = rng.uniform(0.05, 0.3, (n,) + (1,) * len(shape))
    noise = rng.randint(0, 256, (n, *shape), dtype=np.uint8)
    return (strength * patterns[classes] + (1 - strength) * noise).astype(np.uint8), classes


def _photographs(folder, rng, n, size, suffix="jpg"):
    """``n`` RGB files of one colour each, so that where a script crops them makes no difference; returns names and classes."""
    from PIL import Image

    _folder(folder)
    classes = [i % 4 for i in range(n)]
    names = [f"{i:06}.{suffix}" for i in range(n)]
    for name, cls in zip(names, classes, strict=True):
        colour = tuple(int(c) for c in rng.randint(0, 100, 3) + 50 * cls)
        Image.new("RGB", size, colour).save(folder / name)
    return names, classes


def _digits(folder, rng, n_train, n_test):
    x, y = _pictures(rng, n_train + n_test, 10, (784,))
    y = y.astype(np.uint8)
    np.savez_compressed(folder / "train.npz", x=x[:n_train], y=y[:n_train])
    np.savez_compressed(folder / "test.npz", x=x[n_train:], y=y[n_train:])


@maker
def mnist(root, rng, long):
    """``dataset/pfnet/chainer/mnist``: the files that Chainer makes of the four downloads."""
    _digits(_folder(root / "dataset/pfnet/chainer/mnist"), rng, *((60000, 10000) if long else (1000, 200)))


@maker
def digits(root, rng, long):
    """``digits``, another ``CHAINER_DATASET_ROOT``: as many pictures of MNIST's kind as Optuna's examples take out of it."""
    _digits(_folder(root / "digits/pfnet/chainer/mnist"), rng, 3000, 1000)


@maker
def cifar(root, rng, long):
    """``dataset/pfnet/chainer/cifar``: CIFAR-10 and CIFAR-100."""
    folder = _folder(root / "dataset/pfnet/chainer/cifar")
    n_train, n_test = (1000, 100) if long else (128, 64)
    for name, n_classes in (("cifar-10", 10), ("cifar-100", 100)):
        x, y = _pictures(rng, n_train + n_test, n_classes, (3072,))
        y = y.astype(np.uint8)
        np.savez_compressed(folder / f"{name}.npz", train_x=x[:n_train], train_y=y[:n_train], test_x=x[n_train:], test_y=y[n_train:])


@maker
def imagenet(root, rng, long):
    """``imagenet/images`` and a list of files and labels, ``imagenet/list.txt``."""
    n = 48 if long else 4
    names, classes = _photographs(root / "imagenet/images", rng, n, (256, 256), "png")
    (root / "imagenet/list.txt").write_text("".join(f"{name} {cls}\n" for name, cls in zip(names, classes, strict=True)))


@maker
def textures(root, rng, long):
    """``textures``: like ``imagenet``, but pictures of 225 pixels, which can be cropped to 224 in one way only, the same when flipped.

    In pictures of one colour a batch normalisation sees two numbers, and multiplies rounding by a million.
    """
    from PIL import Image

    folder = _folder(root / "textures/images")
    for i in range(4):
        left = np.kron(rng.randint(0, 256, (45, 23, 3)), np.ones((5, 5, 1), int)).astype(np.uint8)[:, :113]
        Image.fromarray(np.concatenate([left, left[:, -2::-1]], axis=1)).save(folder / f"{i}.png")
    (root / "textures/list.txt").write_text("".join(f"{i}.png {i}\n" for i in range(4)))


@maker
def facade(root, rng, long):
    """``facade/base``: the CMP facades, photographs and drawings of their parts in colours of a palette."""
    from PIL import Image

    folder = _folder(root / "facade/base")
    for i in range(1, 380):
        parts = np.kron(rng.randint(1, 13, (10, 10)), np.ones((30, 30), int)).astype(np.uint8)
        drawing = Image.fromarray(parts, mode="P")
        drawing.putpalette(list(range(256)) * 3)
        drawing.save(folder / f"cmp_b{i:04}.png")
        Image.fromarray(np.stack([parts * 20] * 3, axis=2)).save(folder / f"cmp_b{i:04}.jpg")


# text -------------------------------------------------------------------------------------------------------------------


def _words(rng, n, n_vocab):
    """A text of ``n`` word numbers where each word has four that like to follow it, and early ones are frequent."""
    follows = rng.randint(0, n_vocab, (n_vocab, 4))
    frequent = np.minimum(rng.zipf(1.3, n) - 1, n_vocab - 1)
    choice, habit = rng.randint(0, 4, n), rng.rand(n) < 0.7
    text, word = [], 0
    for i in range(n):
        word = int(follows[word, choice[i]]) if habit[i] else int(frequent[i])
        text.append(word)
    return text


def _spelt(number):
    """A word for a number, without digits, which some scripts put away; ``_number`` reads it."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _number(word):
    return int("".join(str(ord(letter) - ord("a")) for letter in word))


def _sentences(rng, n, n_vocab, lengths):
    """``n`` lists of words, ``lengths[0]`` to ``lengths[1]`` each, out of ``n_vocab``."""
    sizes = rng.randint(lengths[0], lengths[1] + 1, n)
    text = iter(_words(rng, int(sizes.sum()), n_vocab))
    return [[_spelt(next(text)) for _ in range(size)] for size in sizes]


@maker
def ptb(root, rng, long):
    """``dataset/pfnet/chainer/ptb``: word numbers and the vocabulary."""
    folder = _folder(root / "dataset/pfnet/chainer/ptb")
    n_vocab, sizes = (5000, (40000, 600, 600)) if long else (60, (1000, 100, 100))
    vocab = [_spelt(i) for i in range(n_vocab - 1)] + ["<eos>"]
    (folder / "vocab.txt").write_text("".join(word + "\n" for word in vocab))
    text = np.array(_words(rng, sum(sizes), n_vocab), np.int32)
    text[:n_vocab] = np.arange(n_vocab)  # each word at least once, as in the true text
    for name, part in zip(("train", "valid", "test"), np.split(text, np.cumsum(sizes)[:-1]), strict=True):
        np.savez_compressed(folder / f"{name}.npz", x=part)


@maker
def trees(root, rng, long):
    """``trees``: sentences of the sentiment treebank, a label at each node."""

    def tree(words):
        label = sum(_number(word) for word in words) % 5
        if len(words) == 1:
            return f"({label} {words[0]})"
        cut = rng.randint(1, len(words))
        return f"({label} {tree(words[:cut])} {tree(words[cut:])})"

    folder = _folder(root / "trees")
    for name, n in (("train", 600 if long else 20), ("dev", 100 if long else 10), ("test", 100 if long else 10)):
        lines = [tree(words) for words in _sentences(rng, n, 300 if long else 30, (3, 25 if long else 6))]
        (folder / f"{name}.txt").write_text("".join(line + "\n" for line in lines))


@maker
def translation(root, rng, long):
    """``translation``: two languages, sentence by sentence, and their vocabularies: the second is the first backwards, and louder."""
    folder = _folder(root / "translation")
    n_vocab = 2000 if long else 30
    for part, n in (("train", 3000 if long else 40), ("valid", 100 if long else 8)):
        source = _sentences(rng, n, n_vocab, (3, 25 if long else 6))
        (folder / f"{part}.source").write_text("".join(" ".join(s) + "\n" for s in source))
        (folder / f"{part}.target").write_text("".join(" ".join(w.upper() for w in reversed(s)) + "\n" for s in source))
    words = "".join(_spelt(i) + "\n" for i in range(n_vocab))
    (folder / "vocab.source").write_text(words)
    (folder / "vocab.target").write_text(words.upper())


@maker
def reviews(root, rng, long):
    """What the text classifier downloads: ``dataset/_dl_cache/MD5 OF THE ADDRESS``."""
    folder = _folder(root / "dataset/_dl_cache")

    def store(url, content):
        (folder / hashlib.md5(url.encode()).hexdigest()).write_bytes(content)

    def labelled(n, n_classes):
        texts = _sentences(rng, n, 3000 if long else 40, (5, 40 if long else 8))
        return [(sum(_number(w) for w in t[:3]) % n_classes, " ".join(t)) for t in texts]

    other = "https://raw.githubusercontent.com/harvardnlp/sent-conv-torch/master/data/"
    n_train, n_test = (5000, 500) if long else (100, 40)
    for name, n_classes, suffixes in (
        ("TREC", 6, (".train.all", ".test.all")),
        ("stsa.binary", 2, (".train", ".test")),
        ("rt-polarity", 2, (".all",)),
    ):
        for suffix, n in zip(suffixes, (n_train, n_test), strict=False):
            store(other + name + suffix, "".join(f"{label} {text}\n" for label, text in labelled(n, n_classes)).encode())

    def archive(files):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, content in files:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return packed.getvalue()

    csv = [
        (f"dbpedia_csv/{part}.csv", "".join(f'{label + 1},"title","{text}"\n' for label, text in labelled(n, 14)).encode())
        for part, n in (("train", n_train), ("test", n_test))
    ]
    store("https://github.com/le-scientifique/torchDatasets/raw/master/dbpedia_csv.tar.gz", archive(csv))
    films = [
        (f"aclImdb/{part}/{('pos', 'neg')[label]}/{i}_{((8, 10), (2, 4))[label][i % 2]}.txt", text.encode())
        for part, n in (("train", n_train), ("test", n_test))
        for i, (label, text) in enumerate(labelled(n, 2))
    ]
    store("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz", archive(films))


@maker
def brown(root, rng, long):
    """``nltk_data/corpora/brown``: sentences of ``word/tag``, one file for each category here."""
    folder = _folder(root / "nltk_data/corpora/brown")
    sentences = _sentences(rng, 4000 if long else 300, 3000 if long else 30, (3, 30 if long else 6))
    tagged = [" ".join(f"{w}/t{_number(w) % 12}" for w in words) for words in sentences]
    half = len(tagged) // 2
    for name, part in (("ca01", tagged[:half]), ("cb01", tagged[half:])):
        (folder / name).write_text("".join(f"\n\n\t{line}\n" for line in part))
    (folder / "cats.txt").write_text("ca01 news\ncb01 editorial\n")


@maker
def babi(root, rng, long):
    """``babi``: stories of people who walk about, and questions where they are."""
    people, places = ("mary", "john", "sandra", "daniel"), ("office", "garden", "kitchen", "hallway", "bedroom", "bathroom")
    folder = _folder(root / "babi")
    for name, n in (("train", 1000 if long else 20), ("test", 200 if long else 8)):
        lines = []
        for _ in range(n):
            where, number = {}, 0
            for _ in range(5):
                for _ in range(2):
                    number += 1
                    person, place = people[rng.randint(4)], places[rng.randint(6)]
                    where[person] = place, number
                    lines.append(f"{number} {person.title()} went to the {place}.")
                number += 1
                person = sorted(where)[rng.randint(len(where))]
                lines.append(f"{number} Where is {person.title()}? \t{where[person][0]}\t{where[person][1]}")
        (folder / f"{name}.txt").write_text("".join(line + "\n" for line in lines))


@maker
def coco(root, rng, long):
    """``coco``: photographs and captions; what they show is their colour."""
    colours = ("red", "green", "blue", "white")
    notes = _folder(root / "coco/annotations")
    for part, n in (("train", 24 if long else 6), ("val", 4)):
        names, classes = _photographs(root / f"coco/{part}2014", rng, n, (60, 50))
        captions = [f"a {colours[c]} thing" + " on a table" * (i % 3) + "." for i, c in enumerate(classes)]
        content = {
            "info": {},
            "licenses": [],
            "images": [{"id": i, "file_name": name, "height": 50, "width": 60} for i, name in enumerate(names)],
            "annotations": [{"id": i, "image_id": i % n, "caption": captions[i % n]} for i in range(2 * n)],
        }
        (notes / f"captions_{part}2014.json").write_text(json.dumps(content))


@maker
def mushrooms(root, rng, long):
    """``mushrooms.csv``: 22 properties in letters and whether one should eat it."""
    letters = np.array(list("abcdefghij"))
    properties = rng.randint(0, 10, (8000 if long else 400, 22))
    edible = np.where(properties[:, 4] + properties[:, 7] < 9, "e", "p")
    rows = np.column_stack([edible, letters[properties]])
    head = "class," + ",".join(f"property-{i}" for i in range(22))
    (root / "mushrooms.csv").write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n")


# sound ------------------------------------------------------------------------------------------------------------------


@maker
def vctk(root, rng, long):
    """``VCTK-Corpus/wav48``: spoken sentences; here chords, shorter than the pieces that the script would cut out at random."""
    folder = _folder(root / "VCTK-Corpus/wav48/p225")
    seconds = np.arange(2000 if long else 400) / 16000
    for i in range(40 if long else 9):
        sound = sum(np.sin(2 * np.pi * f * seconds) for f in rng.uniform(100, 2000, 3)) / 3
        with wave.open(str(folder / f"p225_{i:03}.wav"), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
            file.writeframes((sound * 32000).astype("<i2").tobytes())


# weights that Chainer would download ------------------------------------------------------------------------------------


def _weights(link, path, rng):
    """A file of weights for a network: numbers drawn once and repeated, which are made, packed and read in seconds."""
    import chainjax

    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = rng.standard_normal(4001).astype(np.float32)
    arrays = {}
    for name, parameter in link.namedparams():
        fan = parameter.array[0].size if parameter.array.ndim > 1 else 1
        scale = np.sqrt(2 / fan) if parameter.array.ndim > 1 else 0.01
        arrays[name.lstrip("/")] = np.resize(drawn, parameter.shape) * np.float32(scale)
    assert isinstance(link, chainjax.Link)
    np.savez(path, **arrays)


@maker
def vgg(root, rng, long):
    """``dataset/pfnet/chainer/models``: VGG of 16 layers, 550 MB."""
    from chainjax import links

    _weights(links.VGG16Layers(None), root / "dataset/pfnet/chainer/models/VGG_ILSVRC_16_layers.npz", rng)


@maker
def googlenet(root, rng, long):
    """``dataset/pfnet/chainer/models``: GoogLeNet."""
    from chainjax import links

    _weights(links.GoogLeNet(None), root / "dataset/pfnet/chainer/models/bvlc_googlenet.npz", rng)


@maker
def caffenet(root, rng, long):
    """``caffenet.caffemodel``: layers of CaffeNet's kinds and names for pictures of 227 pixels, few and narrow."""
    from chainjax.links.caffe import _messages

    def blob(*shape):
        scale = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
        return {"shape": {"dim": shape}, "data": (scale * rng.standard_normal(np.prod(shape))).astype(np.float32)}

    layers = [
        ("conv1", "Convolution", {"convolution_param": {"kernel_size": [11], "stride": [4]}, "blobs": [blob(8, 3, 11, 11), blob(8)]}),
        ("relu1", "ReLU", {}),
        ("pool1", "Pooling", {"pooling_param": {"kernel_size": 3, "stride": 2}}),
        ("norm1", "LRN", {"lrn_param": {"local_size": 5, "alpha": 1e-4, "beta": 0.75}}),
        ("conv2", "Convolution", {"convolution_param": {"kernel_size": [5], "pad": [2], "group": 2}, "blobs": [blob(8, 4, 5, 5), blob(8)]}),
        ("relu2", "ReLU", {}),
        ("pool2", "Pooling", {"pooling_param": {"kernel_size": 3, "stride": 4}}),
        ("drop2", "Dropout", {"dropout_param": {"dropout_ratio": 0.5}}),
        ("fc8", "InnerProduct", {"inner_product_param": {"num_output": 10}, "blobs": [blob(10, 8 * 7 * 7), blob(10)]}),
    ]
    net = _messages.NetParameter()
    for below, (name, kind, fields) in zip(["data", *(layer[0] for layer in layers)], layers, strict=False):
        net.layer.add(name=name, type=kind, bottom=[below], top=[name], **fields)
    (root / "caffenet.caffemodel").write_bytes(net.SerializeToString())
