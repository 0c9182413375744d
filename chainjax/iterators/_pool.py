"""The program's side of the processes that read examples.

No thread serves them: whoever asks for a minibatch also hands out the tasks that wait and takes what has been read.
"""

import collections
import multiprocessing.spawn
import os
import pathlib
import pickle
import signal
import socket
import subprocess
import sys
import time
import weakref
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle, send_handle

import cloudpickle
import numpy as np

from ..config import GlobalConfig, config, global_config
from . import _worker


class DiedError(RuntimeError):
    """A process ended that should not have."""


class Pool:
    """Processes that read examples of a dataset.

    Args:
        dataset: what they read, as it is now.
        n_processes: how many processes.
        max_tasks: how many tasks one does before another takes its place; ``None`` for no end.
    """

    def __init__(self, dataset, n_processes, max_tasks=None):
        self._server = _Server(dataset)
        self._n_processes, self._max_tasks = n_processes, max_tasks
        self._workers = [_Worker(self._server, max_tasks) for _ in range(n_processes)]
        self._retired = []
        self._tasks = collections.deque()

    def submit(self, indices, seed, first):
        """Have examples read; returns the :class:`Job`.

        Args:
            indices: of the examples.
            seed: of the random numbers that reading them draws.
            first: which one the first is in the whole run; they depend on this too.
        """
        job, done = Job(self), 0
        for part in np.array_split(indices, min(self._n_processes, len(indices))):
            job.parts.append(_Task(part, seed, first + done))
            done += len(part)
        self._tasks.extend(job.parts)
        self._hand_out()
        return job

    def wait(self, job, timeout=None):
        """Wait until a job is done; returns whether it is.

        Args:
            job: from :meth:`submit`.
            timeout: how long, in seconds.

        Raises:
            DiedError: a process died.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not job.done:
            workers = {worker.connection: worker for worker in self._workers + self._retired}
            ready = wait([*workers, self._server.connection], None if end is None else max(end - time.monotonic(), 0))
            if not ready:
                return False
            if self._server.connection in ready:
                raise self._server.death()
            for connection in ready:
                self._take(workers[connection])
        return True

    def _take(self, worker):
        try:
            worker.take()
        except (EOFError, ConnectionError):
            raise self._death(worker) from None
        if worker in self._retired and not worker.tasks:
            self._retired.remove(worker)
            worker.close()
        self._hand_out()

    def _hand_out(self):
        while self._tasks:
            worker = min(self._workers, key=lambda worker: len(worker.tasks))
            if len(worker.tasks) == _worker.TASKS:
                break
            try:
                worker.give(self._tasks[0])
            except ConnectionError:
                raise self._death(worker) from None
            self._tasks.popleft()
            if worker.left == 0:
                self._workers.remove(worker)
                self._retired.append(worker)
                self._workers.append(_Worker(self._server, self._max_tasks))

    def _death(self, worker):
        status = self._server.ask(worker.pid)
        how = f"ended with status {status}" if status >= 0 else f"was ended by signal {-status} ({signal.strsignal(-status)})"
        reading = f" while it read examples {worker.tasks[0].indices.tolist()} of the dataset" if worker.tasks else ""
        hint = "; if memory ran out, a smaller n_processes needs less" if status == -signal.SIGKILL else ""
        return DiedError(f"MultiprocessIterator: worker process {worker.pid} {how}{reading}{hint}")

    def close(self):
        """End all processes, whatever they do."""
        for worker in self._workers + self._retired:
            worker.close()
        self._server.close()


class Job:
    """Examples that are being read, with the methods of ``multiprocessing.pool.AsyncResult``."""

    def __init__(self, pool):
        self.parts = []
        self._pool, self._examples = pool, None

    @property
    def done(self):
        """Whether all have been read, or have failed, as far as is known."""
        return all(part.done for part in self.parts)

    def wait(self, timeout=None):
        """Wait until all have been read or have failed, or until some seconds have passed; returns whether the first is the case."""
        return self._pool.wait(self, timeout)

    def ready(self):
        """Whether all have been read, or have failed."""
        return self.wait(0)

    def successful(self):
        """Whether none has failed."""
        return all(part.error is None for part in self.parts)

    def get(self):
        """The examples; an exception of the dataset is raised with the traceback of the process that it comes from."""
        if self._examples is None:
            for part in self.parts:
                if part.error is not None:
                    raise part.error
            self._examples = [example for part in self.parts for example in part.examples]
        return self._examples


class _Task:
    """What a worker is told to read, and what came of it."""

    def __init__(self, indices, seed, first):
        self.indices, self.seed, self.first = indices, seed, first
        self.examples = self.error = None

    @property
    def done(self):
        return self.examples is not None or self.error is not None


class _Traceback(Exception):
    """Shows the traceback of another process as the cause of an exception."""

    def __str__(self):
        return f"in a worker process of MultiprocessIterator\n\n{self.args[0]}"


def _exception(failure):
    data, text = pickle.loads(failure)
    exc = pickle.loads(data)
    exc.__cause__ = _Traceback(text)
    return exc


class _Worker:
    """A process that reads examples, one task after the other."""

    def __init__(self, server, max_tasks):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.pid = server.ask(None, theirs.fileno())
            self.connection = Connection(ours.detach())
        self.tasks = collections.deque()
        self.left = -1 if max_tasks is None else max_tasks
        self._boxes, self._numbers, self._free = [], collections.deque(), []  # numbers of those in use, and not

    def give(self, task):
        number = self._free.pop() if self._free else len(self._boxes) + sum(n >= len(self._boxes) for n in self._numbers)
        self.connection.send((number, task.indices, task.seed, task.first))
        self.tasks.append(task)
        self._numbers.append(number)
        self.left -= 1

    def take(self):
        where, failure = _worker.receive(self.connection)
        number, task = self._numbers.popleft(), self.tasks.popleft()
        if number == len(self._boxes):
            self._boxes.append(_worker.Box(recv_handle(self.connection)))
        try:
            if failure is None:
                task.examples = _worker.read(self._boxes[number], where, len(task.indices))
            else:
                task.error = _exception(failure)
        except Exception as exc:  # examples that cannot be unpickled
            task.error = exc
        self._free.append(number)

    def close(self):
        self.connection.close()
        for box in self._boxes:
            box.close()


class _Server:
    """The process that holds the dataset and forks the workers."""

    _finalizer = None

    def __init__(self, dataset):
        box = _worker.Box()
        try:
            where = _write(box, dataset)
            self._start()
            self.connection.send({"path": sys.path, "argv": sys.argv, "where": where, **_package()})
            send_handle(self.connection, box.file, self._process.pid)
            failure = _worker.receive(self.connection)
        except (EOFError, ConnectionError):
            self.close()
            raise self.death() from None
        except BaseException:
            self.close()
            raise
        finally:
            box.close()
        if failure is not None:
            self.close()
            exc = _exception(failure)
            exc.add_note("MultiprocessIterator: this happened when the dataset was unpickled in the process that the workers come from")
            raise exc

    def _start(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            flags = subprocess._args_from_interpreter_flags()
            command = [multiprocessing.spawn.get_executable(), *flags, _worker.__file__, str(theirs.fileno())]
            old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # until it has said what Ctrl-C does
            try:
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=_environment())
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, old)
            self.connection = Connection(ours.detach())
        self._finalizer = weakref.finalize(self, _end, self.connection, self._process, os.getpid())

    def ask(self, request, handle=None):
        """The answer to a request: how a process ended, or, given its end of a connection, the number of a new one."""
        try:
            self.connection.send(request)
            if handle is not None:
                send_handle(self.connection, handle, self._process.pid)
            return _worker.receive(self.connection)
        except (EOFError, ConnectionError):
            raise self.death() from None

    def death(self):
        """The exception that tells that this process died."""
        return DiedError(f"MultiprocessIterator: process {self._process.pid}, which starts the workers, died")

    def close(self):
        """End it, which ends the workers."""
        if self._finalizer is not None:
            self._finalizer()


def _write(box, dataset):
    writer = _worker.Writer(box, by_value=True)
    try:
        writer.add(dataset)
    except Exception as exc:
        raise TypeError(
            f"MultiprocessIterator: expected a dataset that can be pickled, as worker processes get a copy of it, but of this "
            f"{type(dataset).__name__} something cannot be ({exc}); open files, locks and the like when an example is read, or use "
            "MultithreadIterator"
        ) from exc
    return writer.finish()


def _package():
    """Where chainjax is, whether ``import chainer`` gives it, and how it is set in this thread."""
    package = pathlib.Path(__file__).parents[1]
    chainer = getattr(sys.modules.get("chainer"), "__file__", None)
    values = {**vars(global_config), **vars(config._local)}
    return {
        "package": str(package),
        "chainer": chainer is not None and pathlib.Path(chainer).parent == package,
        "config": cloudpickle.dumps({name: value for name, value in values.items() if value is not getattr(GlobalConfig, name, ...)}),
    }


def _environment():
    environment = dict(os.environ, JAX_PLATFORMS="cpu")  # one process has the accelerator, and that is the program
    for library in ("OMP", "OPENBLAS", "MKL"):  # threads of their own would compete for the processors, and do not survive a fork
        environment.setdefault(f"{library}_NUM_THREADS", "1")
    return environment


def _end(connection, process, owner):
    if os.getpid() != owner:
        return
    connection.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:  # it is still unpickling the dataset
        process.kill()
        process.wait()
