"""What runs in the processes of :class:`MultiprocessIterator`, and how objects travel between them and the program.

This file is run as a script by a process that has not imported JAX. That process, the server, takes the dataset once and forks the
workers, which share its memory as long as nobody writes there. (To fork the program itself would deadlock: JAX has threads.)

Objects travel through a file in memory that has no name, so none can outlive the processes, and no limit but the memory itself: the
numbers of their arrays one after the other, and one pickle of the rest. Connections carry only where it is. This file must not
import chainjax.
"""

import collections
import copyreg
import hashlib
import importlib
import importlib.abc
import importlib.util
import io
import math
import mmap
import os
import pickle
import random
import re
import signal
import struct
import sys
import tempfile
import traceback
import types
import weakref
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle

import cloudpickle
import numpy as np

#: How many tasks a worker has at a time: one that it does, and one that waits.
TASKS = 2
_SMALL = 512  # bytes of an array up to which a place of its own costs more than it saves
_ALIGNMENT = 64


class Box:
    """A file in memory, mapped as far as it is used."""

    def __init__(self, file=None):
        self.file = _new_file() if file is None else file
        self._map = b""
        self._close = weakref.finalize(self, os.close, self.file)

    def array(self, shape, dtype, start):
        """The array that begins at a byte of the file, which grows as it must."""
        end = start + math.prod(shape) * dtype.itemsize
        if end > len(self._map):
            size = os.fstat(self.file).st_size
            if end > size:
                size = max(end, 2 * size)
                os.ftruncate(self.file, size)
            self._map = mmap.mmap(self.file, size)
        return np.ndarray(shape, dtype, self._map, start)

    def close(self):
        """Let go of it."""
        self._map = b""
        self._close()


def _new_file():
    if hasattr(os, "memfd_create"):
        return os.memfd_create("chainjax")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _after(start, array):
    """Where the next array begins."""
    return -(-(start + array.nbytes) // _ALIGNMENT) * _ALIGNMENT


class Writer:
    """Writes objects into a box, each at once: a dataset may use its buffers again.

    Args:
        box: where they go.
        by_value: whether what cannot be imported everywhere is to be taken apart at once; else that is done where pickling fails.
    """

    def __init__(self, box, by_value=False):
        self._box, self._end, self._specs = box, 0, []
        self._stream = io.BytesIO()
        table = {np.ndarray: self._put, types.CodeType: _code}
        self._cloud = _CloudPickler(self._stream, self._is_other, table)
        self._plain = None if by_value else _Pickler(self._stream, self._is_other, table)
        # In the place of an array stands numpy.asarray of a buffer, and that of the reader is the array itself.
        self._buffer = pickle.PickleBuffer(bytearray(1))

    def _is_other(self, buffer):
        return buffer is not self._buffer

    def _put(self, array):
        if array.nbytes <= _SMALL or array.dtype.hasobject:
            return array.__reduce__()  # and not as protocol 5 has it, which gives arrays that do not own their memory
        self._box.array(array.shape, array.dtype, self._end)[...] = array
        self._end = _after(self._end, array)
        self._specs.append((array.dtype, array.shape))
        return np.asarray, (self._buffer,)

    def add(self, obj):
        """Write the next object."""
        if self._plain is None or not self._dump(self._plain, obj):
            self._dump(self._cloud, obj, raises=True)

    def _dump(self, pickler, obj, raises=False):
        before = self._stream.tell(), self._end, len(self._specs)
        pickler.clear_memo()
        try:
            pickler.dump(obj)
        except Exception:  # of whatever kind: the other pickler knows more, or raises the same
            at, self._end, n = before
            self._stream.seek(at)
            self._stream.truncate()
            del self._specs[n:]
            if raises:
                raise
            return False
        return True

    def finish(self):
        """Write the rest; returns what :func:`read` wants to know."""
        start, sizes = self._end, []
        for part in (pickle.dumps(self._specs), self._stream.getbuffer()):
            rest = np.frombuffer(part, np.uint8)
            self._box.array(rest.shape, rest.dtype, self._end)[...] = rest
            self._end = _after(self._end, rest)
            sizes.append(rest.size)
        return start, *sizes


def read(box, where, count):
    """``count`` objects that a :class:`Writer` wrote, with arrays of their own."""
    start, *sizes = where
    rest = []
    for size in sizes:
        rest.append(box.array((size,), np.dtype(np.uint8), start).tobytes())
        start = _after(start, np.frombuffer(rest[-1], np.uint8))
    arrays, start = [], 0
    for dtype, shape in pickle.loads(rest[0]):
        arrays.append(box.array(shape, dtype, start).copy())
        start = _after(start, arrays[-1])
    stream, buffers = io.BytesIO(rest[1]), iter(arrays)
    return [pickle.load(stream, buffers=buffers) for _ in range(count)]


def _code(code):
    make, args = cloudpickle.Pickler.dispatch_table[types.CodeType](code)
    # So that tracebacks name the file of a function.
    return make, tuple(code.co_filename if isinstance(arg, str) and arg == "<dynamic-code>" else arg for arg in args)


class _Pickler(pickle.Pickler):
    _reducers = copyreg.dispatch_table

    def __init__(self, stream, buffer_callback, table):
        self.dispatch_table = collections.ChainMap(table, self._reducers)
        super().__init__(stream, protocol=5, buffer_callback=buffer_callback)


class _CloudPickler(_Pickler, cloudpickle.Pickler):
    _reducers = cloudpickle.Pickler.dispatch_table


def receive(connection):
    """The next message; ``EOFError`` where the other end is gone, in the middle of a message too."""
    try:
        return connection.recv()
    except OSError as exc:
        raise EOFError from exc


def failure(exc):
    """An exception as bytes from which :func:`cause` makes it again."""
    text = "".join(traceback.format_exception(exc))
    try:
        data = cloudpickle.dumps(exc)
        pickle.loads(data)
    except Exception:  # exceptions need not be made for pickling, and the traceback says it all
        data = pickle.dumps(RuntimeError(f"{type(exc).__name__}: {exc}"))
    return pickle.dumps((data, text))


# The server ---------------------------------------------------------------------------------------------------------------------


def serve(connection):
    """Take the dataset, then fork a worker whenever asked to, until the program is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the program tells when to end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    children = {}  # how each process has ended, None as long as it has not
    try:
        dataset = _take_dataset(connection)
        connection.send(None)
    except Exception as exc:
        connection.send(failure(exc))
    while True:
        try:
            request = receive(connection)
        except EOFError:
            break
        if request is None:
            theirs = recv_handle(connection)
            pid = _fork()
            if not pid:
                connection.close()
                _work(Connection(theirs), dataset)
            os.close(theirs)
            children[pid] = None
            connection.send(pid)
        else:
            connection.send(_status(children, request, 0))
        for pid in children:
            _status(children, pid, os.WNOHANG)
    for pid, status in children.items():
        if status is None:
            os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _take_dataset(connection):
    settings = receive(connection)
    sys.path[:], sys.argv[:] = settings["path"], settings["argv"]
    packages = [_Light("chainjax", settings["package"])]
    packages += [_Light(f"chainjax.{name}", os.path.join(settings["package"], name)) for name in ("dataset", "datasets", "compat")]
    sys.meta_path.insert(0, _Config(settings["config"]))
    if settings["chainer"]:
        sys.meta_path.insert(0, _Chainer(packages))
        importlib.import_module("chainjax.compat._install").restore_numpy_names()
    box = Box(recv_handle(connection))
    (dataset,) = read(box, settings["where"], 1)
    box.close()
    if "jax" in sys.modules:  # so somebody needs more of chainjax
        for package in packages:
            _complete(package)
    xla = sys.modules.get("jax._src.xla_bridge")
    if xla is not None and xla.backends_are_initialized():
        raise RuntimeError("the dataset has arrays of JAX or makes them when it is unpickled; keep NumPy arrays there instead")
    return dataset


class _Light(types.ModuleType):
    """A package of chainjax of which datasets can be imported without all the rest, and JAX, which its ``__init__`` imports."""

    def __init__(self, name, folder):
        super().__init__(name)
        self.__file__ = os.path.join(folder, "__init__.py")
        self.__path__, self.__package__ = [folder], name
        self.__spec__ = importlib.util.spec_from_file_location(name, self.__file__, submodule_search_locations=self.__path__)
        sys.modules[name] = self
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own, self)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        with open(self.__file__, encoding="utf-8") as file:
            line = re.search(rf"^from (\.[\w.]+) import \w+ as {name}$", file.read(), re.MULTILINE)
        if line is not None:
            return getattr(importlib.import_module(line[1], self.__name__), name)
        if importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        _complete(self)
        return getattr(self, name)


def _complete(package):
    """Make of a light package what it is otherwise."""
    if isinstance(package, _Light):
        package.__class__ = types.ModuleType
        package.__spec__.loader.exec_module(package)


class _Config(importlib.abc.MetaPathFinder):
    """Lets ``chainjax.config`` be as the program has set it, should anybody ask."""

    def __init__(self, values):
        self._values = values  # pickled: what they are made of may not be imported before

    def find_spec(self, name, path=None, target=None):
        if name != "chainjax.config":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_set(module):
            execute(module)
            for name, value in pickle.loads(self._values).items():
                setattr(module.global_config, name, value)

        spec.loader.exec_module = execute_and_set
        return spec


class _Chainer(importlib.abc.MetaPathFinder):
    """Lets ``import chainer`` be what it is in the program."""

    def __init__(self, packages):
        self._packages = packages

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ("chainer", "chainerx"):
            return None
        sys.meta_path.remove(self)
        for package in self._packages:
            _complete(package)
        sys.modules["chainjax.compat"].install()
        return importlib.util.find_spec(name)


def _fork():
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork()


def _status(children, pid, options):
    if children[pid] is None:
        found, status = os.waitpid(pid, options)
        if found:
            children[pid] = os.waitstatus_to_exitcode(status)
    return children[pid]


# A worker -----------------------------------------------------------------------------------------------------------------------


def _work(connection, dataset):
    """Read examples until the program wants no more."""
    status, boxes = 1, []
    try:
        while True:
            number, *task = receive(connection)
            is_new = number == len(boxes)
            if is_new:
                boxes.append(Box())
            try:
                answer = _read_examples(dataset, boxes[number], *task), None
            except Exception as exc:
                answer = None, failure(exc)
            connection.send(answer)
            if is_new:
                send_handle(connection, boxes[number].file, None)
    except (EOFError, ConnectionError):
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _read_examples(dataset, box, indices, seed, first):
    writer = Writer(box)
    for number, index in enumerate(indices, first):
        _seed(seed, number)
        try:
            example = dataset[index]
        except Exception as exc:
            note = f"example {index} of {type(dataset).__name__}"
            if note not in getattr(exc, "__notes__", ()):  # DatasetMixin has said it already
                exc.add_note(note)
            raise
        writer.add(example)
    return writer.finish()


def _seed(seed, number):
    """Random numbers depend on the example's place in the run alone, so not on which process reads it."""
    digest = hashlib.blake2b(struct.pack("<QQ", seed, number), digest_size=4).digest()
    number = int.from_bytes(digest, "little")
    np.random.seed(number)
    random.seed(number)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
