"""What runs in the processes of :class:`MultiprocessIterator`, and how objects travel between them and the program.

This file is run as a script by a process that has not imported JAX. That process, the server, takes the dataset once and forks the
workers, which share its memory as long as nobody writes there. (To fork the program itself would deadlock: JAX has threads.)

Objects travel through an anonymous file in memory, which has no name that could outlive the processes and no limit but the memory
itself: the numbers of their arrays one after the other, and one pickle of the rest. Connections carry only where it is. This file
must not import chainjax.
"""

import collections
import hashlib
import importlib
import importlib.abc
import importlib.util
import io
import itertools
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
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle

import cloudpickle
import numpy as np

#: How many tasks a worker has at a time; task ``i`` is answered in file ``i % TASKS``, which has been read by then.
TASKS = 4
_SMALL = 512  # bytes of an array up to which a place in the file costs more than it saves
_AT_ONCE = 512  # arrays in one call of the system, which takes 1024


def new_file():
    """The descriptor of a new file in memory; where the system has no such files, of one without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("chainjax")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Writer:
    """Writes objects into a file. An object is read from the program's memory at once, so a dataset may use its buffers again."""

    def __init__(self, file):
        self._file, self._end, self._specs = file, 0, []
        self._stream = io.BytesIO()
        self._pickler = _Pickler(self._stream)

    def add(self, obj):
        """Write the next object."""
        self._pickler.clear_memo()
        self._pickler.dump(obj)
        arrays, self._pickler.arrays = self._pickler.arrays, []
        self._end = _move(os.pwritev, self._file, arrays, self._end)
        self._specs += [(array.dtype, array.shape) for array in arrays]

    def finish(self):
        """Write the rest; returns what :func:`read` wants to know."""
        rest = pickle.dumps(self._specs), self._stream.getvalue()
        _move(os.pwritev, self._file, [np.frombuffer(part, np.uint8) for part in rest], self._end)
        return self._end, *map(len, rest)


def read(file, where, count):
    """``count`` objects that a :class:`Writer` wrote, with arrays of their own."""
    end, *sizes = where
    specs, stream = (np.empty(size, np.uint8) for size in sizes)
    _move(os.preadv, file, [specs, stream], end)
    arrays = [np.empty(shape, dtype) for dtype, shape in pickle.loads(specs)]
    _move(os.preadv, file, arrays, 0)
    source, buffers = io.BytesIO(stream), iter(arrays)
    return [pickle.load(source, buffers=buffers) for _ in range(count)]


def _code(code):
    make, args = cloudpickle.Pickler.dispatch_table[types.CodeType](code)
    return make, tuple(code.co_filename if isinstance(arg, str) and arg == "<dynamic-code>" else arg for arg in args)


class _Pickler(cloudpickle.Pickler):
    """Leaves arrays out: in their place stands ``numpy.asarray`` of a buffer, and that of the reader is the array itself."""

    # So that tracebacks name the file of a function.
    dispatch_table = collections.ChainMap({types.CodeType: _code}, cloudpickle.Pickler.dispatch_table)

    def __init__(self, stream):
        super().__init__(stream, protocol=5, buffer_callback=self._is_other)
        self.arrays, self._buffer = [], None

    def _is_other(self, buffer):
        return buffer is not self._buffer

    def reducer_override(self, obj):
        if type(obj) is not np.ndarray or obj.dtype.hasobject:
            return super().reducer_override(obj)
        if obj.nbytes <= _SMALL:
            return obj.__reduce__()  # and not as protocol 5 has it, which gives arrays that do not own their memory
        self.arrays.append(np.asarray(obj, order="C"))
        self._buffer = pickle.PickleBuffer(bytearray(1))
        return np.asarray, (self._buffer,)


def _move(call, file, arrays, offset):
    """Read or write (``call``) all bytes of contiguous arrays from an offset on; returns where they end."""
    parts = [memoryview(array.reshape(-1).view(np.uint8)) for array in arrays if array.nbytes]
    i = 0
    while i < len(parts):
        n = call(file, parts[i : i + _AT_ONCE], offset)
        offset += n
        while i < len(parts) and n >= len(parts[i]):
            n -= len(parts[i])
            i += 1
        if n:
            parts[i] = parts[i][n:]
    return offset


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
    if settings["chainer"]:
        sys.meta_path.insert(0, _Chainer(packages))
        importlib.import_module("chainjax.compat._install").restore_numpy_names()
    file = recv_handle(connection)
    (dataset,) = read(file, settings["where"], 1)
    os.close(file)
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
            line = re.search(rf"^from (\.\w+) import \w+ as {name}$", file.read(), re.MULTILINE)
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
    status, files = 1, []
    try:
        for number in itertools.count():
            task = receive(connection)
            if number < TASKS:
                files.append(new_file())
            file = files[number % TASKS]
            try:
                answer = _read_examples(dataset, file, *task), None
            except Exception as exc:
                answer = None, failure(exc)
            connection.send(answer)
            if number < TASKS:
                send_handle(connection, file, None)
    except EOFError:
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _read_examples(dataset, file, indices, seed, first):
    writer = Writer(file)
    for number, index in enumerate(indices, first):
        _seed(seed, number)
        writer.add(dataset[index])
    return writer.finish()


def _seed(seed, number):
    """Random numbers depend on the example's place in the run alone, so not on which process reads it."""
    digest = hashlib.blake2b(struct.pack("<QQ", seed, number), digest_size=4).digest()
    number = int.from_bytes(digest, "little")
    np.random.seed(number)
    random.seed(number)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
