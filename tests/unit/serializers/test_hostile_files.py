"""Files that were made to harm, and files that were damaged: a clear error, and nothing is read elsewhere or filled."""

import functools
import io
import os
import pathlib
import struct
import subprocess
import sys
import zipfile
import zlib

import h5py
import numpy as np
import pytest

import chainjax
from chainjax import links as L
from chainjax import serializers as S
from chainjax.serializers import _arrays
from chainjax.serializers._errors import BadFileError

resource = pytest.importorskip("resource", reason="counts memory as POSIX does")

GIGABYTE = 1 << 30


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model")


def refuses(load, path, obj, words):
    """``load`` says no, names the file, changes nothing and takes no memory to speak of."""
    before = {key: array.tobytes() for key, array in S.npz.serialize(obj).items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFileError, match=words) as caught:
        load(path, obj)
    assert path in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 100_000  # kilobytes
    assert {key: array.tobytes() for key, array in S.npz.serialize(obj).items()} == before


def npy(shape, dtype="<f4", data=b"", version=1, before=""):
    header = f"{before}{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(2 if version == 1 else 4, "little") + header + data


def write_npz(path, compression=zipfile.ZIP_DEFLATED, **members):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in {"b": npy((2,), data=bytes(8)), **members}.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                for part in data if isinstance(data, list) else [data]:
                    member.write(part)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (npy((10**6, 10**6)), "'W' says shape .* 4000000000000 bytes, but holds 0"),
        (npy((2, 3), data=bytes(20)), "24 bytes, but holds 20"),
        (npy((2, 3), data=bytes(28)), "24 bytes, but holds 28"),
        (npy((-2, -3), data=bytes(24)), "no array has"),
        (npy((10**12,), "|S0"), "no array has"),
        (npy((2, 3), version=3), "version"),
        (npy((2, 3), version=2, data=bytes(24), before=" " * 20_000), "cannot be read"),
        (b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 100, "cannot be read"),
        (npy((2, 3), before="(" * 9000), "cannot be read"),
        (npy((2, 3), before="-" * 9000), "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_npz_headers_that_lie(member, words, path):
    write_npz(path, W=member)
    refuses(S.load_npz, path, L.Linear(3, 2), words)


def test_npz_bombs_are_bounded_by_the_shape_that_is_expected(path):
    write_npz(path, W=[npy((5 << 24,)), *[bytes(1 << 24)] * 20])
    assert os.path.getsize(path) < 500_000
    link = L.Linear(3, 2)
    with pytest.raises(TypeError, match=r"'W': expected shape \(2, 3\), dtype float32, got shape \(83886080,\), dtype float32"):
        S.load_npz(path, link)
    waiting = L.Linear(None, 2)  # nobody knows a shape
    refuses(S.load_npz, path, waiting, "'W' would become 335544320 bytes .* give the array its shape before loading")


def test_zeros_that_are_no_bomb_load(path):
    write_npz(path, W=npy((2, 10**6), data=bytes(8 * 10**6)))
    link = L.Linear(None, 2)
    S.load_npz(path, link)
    assert link.W.shape == (2, 10**6)


def test_several_arrays_share_one_allowance(path, monkeypatch):
    monkeypatch.setattr(_arrays, "Allowance", functools.partial(_arrays.Allowance, 450_000))
    arrays = {f"l{i}/W": np.zeros((1, 25_000), np.float32) for i in range(5)}
    S.save_npz(path, arrays)
    S.save_hdf5(path + "h5", arrays)
    for load, name in ((S.load_npz, path), (S.load_hdf5, path + "h5")):
        chain = chainjax.Chain(**{f"l{i}": L.Linear(None, 1, nobias=True) for i in range(5)})
        with pytest.raises(BadFileError, match=r"l4/W.* would become"):
            load(name, chain)
        chain = chainjax.Chain(**{f"l{i}": L.Linear(25_000, 1, nobias=True) for i in range(5)})
        load(name, chain)  # that is how large they should be


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_npz_is_stored_or_deflated(method, path):
    write_npz(path, method, W=npy((2, 3), data=bytes(24)))
    refuses(S.load_npz, path, L.Linear(3, 2), "method")


def test_sizes_in_a_zip_that_its_bytes_cannot_become(path):
    write_npz(path, zipfile.ZIP_STORED, W=npy((2, 3), data=bytes(24)))
    good = pathlib.Path(path).read_bytes()
    at = good.rindex(b"PK\1\2")
    (size,) = struct.unpack_from("<I", good, at + 24)
    for field, value, words in ((24, 3 * GIGABYTE, "cannot become"), (20, size + 10**6, "overlap or are cut off")):
        with open(path, "wb") as file:
            file.write(good[: at + field] + struct.pack("<I", value) + good[at + field + 4 :])
        refuses(S.load_npz, path, L.Linear(3, 2), words)


def hdf5_kind(kind, file, folder):
    """Put something hostile in place of ``W``, a dataset of shape (2, 3)."""
    other = os.path.join(folder, "other.h5")
    if kind in ("soft", "broken"):
        file["W"] = h5py.SoftLink("/b" if kind == "soft" else "/nothing")
    elif kind == "external":
        file["W"] = h5py.ExternalLink(other, "/W")
    elif kind == "virtual":
        layout = h5py.VirtualLayout((2, 3), "f4")
        layout[:] = h5py.VirtualSource(other, "W", (2, 3))
        file.create_virtual_dataset("W", layout)
    elif kind == "storage":
        file.create_dataset("W", (2, 3), "f4", external=[(other, 0, 24)])
    elif kind == "cycle":
        file["W"] = file["/"]
    elif kind == "long cycle":
        file["W/x/y/z"] = 1
        file["W/x/y/up"] = file["W"]
    elif kind == "deep":
        file["/".join(["W"] * 300)] = 1
    elif kind == "plugin":
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((2, 3))
        how.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)  # Zstandard, which is a plugin
        space = h5py.h5s.create_simple((2, 3))
        h5py.h5d.create(file.id, b"W", h5py.h5t.IEEE_F32LE, space, how).write_direct_chunk((0, 0), bytes(24))
    elif kind == "packed twice":
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((2, 3))
        how.set_deflate(4)
        how.set_deflate(4)
        h5py.h5d.create(file.id, b"W", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), how)
    elif kind == "empty":
        file.create_dataset("W", (10**6, 10**6), "f4", chunks=(100, 100), compression="gzip")
    elif kind == "contiguous":
        file.create_dataset("W", (10**6, 10**6), "f4")
    elif kind == "chunk":
        file.create_dataset("W", (2, 3), "f4", chunks=(20_000, 20_000), maxshape=(None, None), compression="gzip")
    elif kind == "bomb":
        file.create_dataset("W", (2, 3), "f4", chunks=(2, 3), compression="gzip").id.write_direct_chunk(
            (0, 0), _deflated(bytes(1 << 24), 32)
        )
    elif kind == "szip":
        if not h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
            pytest.skip("this build of HDF5 has no szip")
        data = file.create_dataset("W", (2, 3), "f4", chunks=(2, 3), maxshape=(None, None), compression="szip", compression_opts=("nn", 4))
        data.id.write_direct_chunk((0, 0), b"\xff\xff\xff\xff" + bytes(20))
    elif kind == "references":
        file.create_dataset("W", (2, 3), h5py.ref_dtype)
    elif kind == "ragged":
        file.create_dataset("W", (2, 3), h5py.vlen_dtype("f4"))
    else:
        raise AssertionError(kind)


def _deflated(part, times):
    packer = zlib.compressobj()
    return b"".join([*[packer.compress(part) for _ in range(times)], packer.flush()])


HDF5_KINDS = {
    "soft": "link to a name",
    "broken": "link to a name",
    "external": "link to a name",
    "virtual": "data in other files",
    "storage": "data in other files",
    "cycle": "contains itself",
    "long cycle": "contains itself",
    "deep": "nested deeper",
    "plugin": "filters",
    "packed twice": "filters",
    "empty": "cannot be",
    "contiguous": "cannot be",
    "chunk": "cannot be",
    "bomb": "becomes more",
    "szip": "becomes more",
}


@pytest.mark.parametrize(
    ("kind", "beside"),
    [*[(kind, False) for kind in HDF5_KINDS], *[(kind, True) for kind in HDF5_KINDS if kind not in ("bomb", "szip")]],
)
def test_hdf5_kinds(kind, beside, path, tmp_path):
    """In the place of a parameter, and beside the model; what is not asked for is not unpacked."""
    # What blocks whoever opens it stands where secrets would be.
    os.mkfifo(tmp_path / "other.h5")
    with h5py.File(path, "w") as file:
        file["b"] = np.zeros(2, "f")
        if beside:
            file["W"] = np.zeros((2, 3), "f")
        hdf5_kind(kind, file.create_group("else") if beside else file, str(tmp_path))
    refuses(S.load_hdf5, path, L.Linear(3, 2), HDF5_KINDS[kind])


@pytest.mark.parametrize("kind", ["references", "ragged"])
def test_hdf5_types_that_are_no_numbers(kind, path, tmp_path):
    with h5py.File(path, "w") as file:
        hdf5_kind(kind, file, str(tmp_path))
    refuses(S.load_hdf5, path, Anything(), "expected numbers or strings")
    with pytest.raises(TypeError, match=r"/W: expected shape \(2, 3\), dtype float32, got shape \(2, 3\), dtype object"):
        S.load_hdf5(path, L.Linear(3, 2))


class Anything:
    """An object with one value, of which nothing is known."""

    W = None

    def serialize(self, serializer):
        self.W = serializer("W", self.W)


def test_groups_with_two_names_and_datasets_beside_them_are_no_cycle(path):
    S.save_hdf5(path, {"a/W": np.ones((2, 3)), "a/b": np.ones(2)})
    with h5py.File(path, "r+") as file:
        file["other/name"] = file["a"]
        file["W"], file["b"] = file["a/W"], file["a/b"]
    link = L.Linear(3, 2)
    S.load_hdf5(path, link)
    assert link.b.array.tolist() == [1, 1]


def strings(path, **options):
    data = [f"{i}" * (i % 40) for i in range(12_000)]  # more in heaps than all else
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("W", data=data, dtype=h5py.string_dtype(), **options)
    return [text.encode() for text in data]


@pytest.mark.parametrize("options", [{}, {"chunks": (100,)}, {"chunks": (100,), "compression": "gzip"}], ids=len)
def test_strings_are_read_from_heaps_that_are_sound(options, path):
    data = strings(path, **options)
    whole = pathlib.Path(path).read_bytes()
    for file in (path, io.BytesIO(whole)):
        thing = Anything()
        S.load_hdf5(file, thing)
        assert thing.W.tolist() == data
    heap = whole.index(b"GCOL\1\0\0\0")
    # HDF5 goes round for ever from an object without a number that claims no bytes.
    with open(path, "wb") as file:
        file.write(whole[: heap + 16] + bytes(16) + whole[heap + 32 :])
    refuses(S.load_hdf5, path, Anything(), "heap of strings")


@pytest.mark.parametrize(("at", "value"), [(0, b"\xff\xff\xff\x0f"), (4, b"\0\0"), (12, b"\x63")], ids=["length", "heap", "number"])
def test_strings_that_are_not_where_they_should_be(at, value, path):
    with h5py.File(path, "w") as file:
        file["W"] = "some text"
        at += file["W"].id.get_offset()
    data = pathlib.Path(path).read_bytes()
    pathlib.Path(path).write_bytes(data[:at] + value + data[at + len(value) :])
    refuses(S.load_hdf5, path, Anything(), "a string of|heap|cannot be read")


def test_strings_that_are_all_the_same_are_no_more_than_the_file(path):
    with h5py.File(path, "w") as file:
        file["W"] = ["x" * 60_000] + [""] * 9999
    data = bytearray(pathlib.Path(path).read_bytes())
    with h5py.File(path) as file:
        at = file["W"].id.get_offset()
    data[at : at + 160_000] = data[at : at + 16] * 10_000
    with open(path, "wb") as file:
        file.write(data)
    refuses(S.load_hdf5, path, Anything(), "longer together than the file")


FUZZ = """
import faulthandler, os, random, resource, signal, sys, time, warnings
faulthandler.enable()
warnings.simplefilter("ignore")
import numpy as np
import chainjax
from chainjax import links as L, serializers as S

kind, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
save, load = {"npz": (S.save_npz, S.load_npz), "h5": (S.save_hdf5, S.load_hdf5), "st": (S.save_safetensors, S.load_safetensors)}[kind]
options = {"npz": [{}, {"compression": False}], "h5": [{}, {"compression": None}, {"compression": "lzf"}], "st": [{}]}[kind]

def model(seed):
    np.random.seed(seed)
    net = chainjax.Chain(a=L.Linear(30, 20), b=L.BatchNormalization(20), z=L.Linear(None, 2))
    if kind != "st":
        net.add_persistent("text", "naive")
        net.add_persistent("nothing", None)
    return net

def damaged(data):
    data = bytearray(data)
    size, how = len(data), random.choice(("cut", "flip", "flip", "flip", "fill", "copy", "insert"))
    at = random.randrange(size)
    if how == "cut":
        del data[at:]
    elif how == "flip":
        for _ in range(random.choice((1, 1, 2, 8, 40))):
            data[random.randrange(size)] ^= 1 << random.randrange(8)
    elif how == "fill":
        n = random.choice((1, 2, 4, 8, 16))
        data[at:at + n] = random.choice((0, 1, 127, 255)).to_bytes(1, "big") * n
    elif how == "copy":
        n, source = random.randrange(1, 200), random.randrange(size)
        data[at:at + n] = data[source:source + n]
    else:
        data[at:at] = random.randbytes(random.randrange(1, 20))
    return bytes(data)

def bits(net):
    return {key: (a.shape, a.dtype, a.tobytes()) if a.dtype != object else None for key, a in S.npz.serialize(net).items()}

source = model(0)
source.z.W.initialize((2, 4))
whole = []
for option in options:
    save(path, source, **option)
    whole.append(open(path, "rb").read())
load(path, model(1))
right, net = bits(source), model(1)
before = bits(net)
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (512 << 20),) * 2)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
random.seed(7)
errors = loads = 0
for _ in range(count):
    with open(path, "wb") as file:
        file.write(damaged(random.choice(whole)))
    signal.alarm(30)  # kills
    try:
        load(path, net)
    except (OSError, KeyError, ValueError, TypeError) as exc:
        assert path in str(exc), repr(exc)
        assert bits(net) == before, repr(exc)
        errors += 1
    else:
        now = bits(net)
        assert now.keys() == right.keys()
        if kind == "npz":  # it alone has checksums
            assert now == right
        net = model(1)
        loads += 1
    signal.alarm(0)
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 100_000, "kilobytes"
print(errors, loads)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and counts memory as Linux does")
@pytest.mark.parametrize(("kind", "count"), [("npz", 600), ("h5", 1000), ("st", 400)])
def test_damaged_files_give_errors_or_load(kind, count, path):
    """In a process of its own: it may neither crash, nor hang, nor take memory."""
    if kind == "st":
        pytest.importorskip("safetensors")
    done = subprocess.run([sys.executable, "-c", FUZZ, kind, path, str(count)], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    errors, loads = map(int, done.stdout.split())
    assert errors + loads == count
    assert errors > count // 3
