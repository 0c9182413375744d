"""What is refused in an HDF5 file, before any of its numbers are read.

HDF5 can place a dataset's bytes in other files, name objects of other files, run filters that are loaded as libraries, and
claim any size without holding a byte. A file of weights has no use for these, and one from a stranger may: external storage
of a secret file turns a model that is saved again into that file's contents. What only the C library could check, it checks.
"""

import math
import os
import zlib

import h5py
import numpy as np

from ._arrays import DEFLATE_RATIO
from ._errors import BadFileError

# Those that ``compression=`` writes, and what goes with them. All come with h5py; none is looked for in a folder of plugins.
_PACKERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SZIP, h5py.h5z.FILTER_LZF}
_FILTERS = {*_PACKERS, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}

# Chains of a model are not nested deeper; nor does checking them need more of Python's stack.
_DEPTH = 200

# What a dataset may be without any bytes in the file, all of one fill value.
_FREE = 1 << 16

# A chunk may be larger than a dataset that can grow. This much is unpacked without asking how much it will be: then the chunks
# that h5py makes of 100 MB and less, whose size is 64 KB at most, need not be unpacked twice.
_CHUNK = 64 << 20


class Checks:
    """Raises unless all below a group is in this file alone, and is no more than the file can hold.

    Args:
        group: where to begin; how it was reached is its opener's affair.
        name: file and group for messages.
    """

    def __init__(self, group, name):
        self._size = group.file.id.get_filesize()
        self._done, self._above = set(), set()
        self._group(group.id, name)

    def _group(self, group, name):
        address = h5py.h5o.get_info(group).addr
        if address in self._above:
            raise BadFileError(f"{name} is a group that contains itself")
        if address in self._done:
            return
        if len(self._above) >= _DEPTH:
            raise BadFileError(f"{name} is nested deeper than {_DEPTH} groups")
        self._above.add(address)
        for key in group:
            part = f"{name}/{key.decode(errors='replace')}"
            if group.links.get_info(key).type != h5py.h5l.TYPE_HARD:
                raise BadFileError(f"{part} is a link to a name, here or in another file; such links are not followed")
            found = h5py.h5o.open(group, key)
            if isinstance(found, h5py.h5g.GroupID):
                self._group(found, part)
            elif isinstance(found, h5py.h5d.DatasetID):
                self._dataset(found, part)
        self._above.remove(address)
        self._done.add(address)

    def _dataset(self, dataset, name):
        how = dataset.get_create_plist()
        if how.get_layout() == h5py.h5d.VIRTUAL or how.get_external_count():
            raise BadFileError(f"{name} keeps its data in other files, which are not read")
        filters = _filters(how)
        if not _FILTERS.issuperset(filters) or sum(code in _PACKERS for code in filters) > 1:
            raise BadFileError(f"{name} is packed by the filters {filters}; expected one of gzip, lzf and szip, with or without shuffle")
        shape = dataset.shape or ()
        item, stored = dataset.get_type().get_size(), dataset.get_storage_size()
        nbytes = math.prod(map(int, shape)) * item
        if stored > self._size or nbytes > max(_FREE, DEFLATE_RATIO * stored):
            raise BadFileError(
                f"{name} claims shape {shape} of {item} bytes each, from {stored} bytes in a file of {self._size}, which cannot be"
            )
        if how.get_layout() == h5py.h5d.CHUNKED:
            chunk = how.get_chunk()
            count = math.prod(-(-int(n) // c) for n, c in zip(shape, chunk, strict=True))
            if math.prod(chunk) * item > max(_CHUNK, nbytes) or count > max(_FREE, stored):
                raise BadFileError(f"{name} is in {count} chunks of shape {chunk} for shape {shape}, {stored} bytes; that cannot be")


def _filters(how):
    return [how.get_filter(i)[0] for i in range(how.get_nfilters())]


def read(dataset, dtype, name):
    """The array of a dataset: of ``dtype``, or of bytes objects if it holds strings of any length."""
    kind = dataset.dtype
    if kind.hasobject and h5py.check_string_dtype(kind) is None:
        raise BadFileError(f"{name} is of dtype {kind}; expected numbers or strings")
    _expect_no_bomb(dataset, name)
    if kind.hasobject:
        _expect_strings(dataset, name)
        return np.asarray(dataset[()])
    array = np.empty(dataset.shape, dtype)
    if array.size:
        dataset.read_direct(array)
    return array


def _expect_no_bomb(dataset, name):
    """Raise if a chunk becomes more than it should be: the library unpacks all of it first, into memory that has no bound."""
    how = dataset.id.get_create_plist()
    filters = _filters(how)
    packers = _PACKERS.intersection(filters)
    if not packers:
        return
    (packer,) = packers
    skipped = 1 << filters.index(packer)
    most = math.prod(how.get_chunk()) * dataset.id.get_type().get_size()
    suspicious = []

    def look(chunk):
        small = packer != h5py.h5z.FILTER_SZIP and chunk.size * DEFLATE_RATIO <= max(_CHUNK, most)
        if not small and not chunk.filter_mask & skipped:
            suspicious.append(chunk.chunk_offset)

    dataset.id.chunk_iter(look)
    for offset in suspicious:
        _, packed = dataset.id.read_direct_chunk(offset)
        if _UNPACKED_SIZE[packer](packed, most) > most + 4:  # a checksum may be packed too
            raise BadFileError(f"{name}: the chunk at {offset} becomes more than the {most} bytes that it should be")


_UNPACKED_SIZE = {
    h5py.h5z.FILTER_DEFLATE: lambda packed, most: len(zlib.decompressobj().decompress(packed, most + _FREE)),
    h5py.h5z.FILTER_SZIP: lambda packed, most: int.from_bytes(packed[:4], "little"),
    h5py.h5z.FILTER_LZF: lambda packed, most: 0,  # a byte becomes no more than 88
}


def _expect_strings(dataset, name):
    """Raise unless all strings are in the heaps that they are said to be in, and are no more than the file.

    HDF5 2.0 takes memory for the length that a string claims before it looks for it, and goes through a heap from object to
    object by the sizes that these claim: for ever where one claims 0.
    """
    address_size, length_size = dataset.file.id.get_create_plist().get_sizes()
    heaps, total, size = {}, 0, dataset.file.id.get_filesize()
    file = _Bytes(dataset.file, name)
    for raw in _references(dataset, file, name):
        for at in range(0, len(raw), 8 + address_size):
            length, address, index = (_number(raw, at + i, n) for i, n in ((0, 4), (4, address_size), (4 + address_size, 4)))
            if not length:  # an empty string has no heap
                continue
            if address not in heaps:
                heaps[address] = _heap(file, address, length_size, name)
            if heaps[address].get(index) != length:
                raise BadFileError(f"{name}: a string of {length} bytes is not in the heap at {address}, where it is said to be")
            total += length
            if total > size:
                raise BadFileError(f"{name} holds strings that are longer together than the file, of {size} bytes")


def _number(raw, place, size):
    return int.from_bytes(raw[place : place + size], "little")


def _heap(file, address, length_size, name):
    """The size of each object of a heap, by its number."""
    header, address = 8 + length_size, address + file.base
    heap = file.read(address, _number(file.read(address, header), 8, length_size))
    sizes, place = {}, -(-header // 8) * 8
    while place + header <= len(heap):
        index, size = _number(heap, place, 2), _number(heap, place + 8, length_size)
        sizes[index] = size
        length = header + -(-size // 8) * 8 if index else size
        if not header <= length <= len(heap) - place:
            raise BadFileError(f"{name}: the heap of strings at {address} is damaged")
        place += length
    return sizes


def _references(dataset, file, name):
    """The bytes of a dataset of strings as they are in the file: for each its length, the address of a heap and a number there."""
    how = dataset.id.get_create_plist()
    filters, layout = _filters(how), how.get_layout()
    if layout == h5py.h5d.CONTIGUOUS:
        place = dataset.id.get_offset()
        return [] if place is None else [file.read(place, dataset.id.get_storage_size())]
    if layout != h5py.h5d.CHUNKED or filters not in ([], [h5py.h5z.FILTER_DEFLATE]):
        raise BadFileError(f"{name} holds strings packed by the filters {filters}, layout {layout}; expected gzip or none")
    offsets = []
    dataset.id.chunk_iter(lambda chunk: offsets.append(chunk.chunk_offset))
    chunks = [dataset.id.read_direct_chunk(offset) for offset in offsets]
    return [zlib.decompress(chunk) if filters and not skipped else chunk for skipped, chunk in chunks]


class _Bytes:
    """The bytes of a file that HDF5 has opened. No more than twice the file is read, so heaps that overlap end in an error."""

    def __init__(self, file, name):
        self._file, self._name, self._image = file, name, None
        self._size = file.id.get_filesize()
        self._left = 2 * self._size
        self.base = file.userblock_size
        self._descriptor = file.id.get_vfd_handle() if file.driver == "sec2" and hasattr(os, "pread") else None

    def read(self, place, count):
        self._left -= count
        if count > self._size - place or self._left < 0:
            raise BadFileError(f"{self._name} has references to strings beyond the end of the file or in heaps that overlap")
        if self._descriptor is not None:
            return os.pread(self._descriptor, count, place)
        if self._image is None:
            self._image = self._file.id.get_file_image()  # without what is before the base
        return self._image[place - self.base : place - self.base + count]
