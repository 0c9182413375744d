"""Who writes snapshots: the training itself, a thread or a process, one for each snapshot or one for all."""

import atexit
import os
import queue
import signal
import threading

from ... import utils
from ...serializers import save_npz
from ...serializers._files import _sync_folder
from ._files import told_if_full


class Writer:
    """Base of what writes snapshots. A file takes its place when it is whole; what is old is removed after that."""

    def __init__(self):
        self._post_save_hooks = []

    def __call__(self, filename, outdir, target):
        """Write a snapshot, now or later.

        Args:
            filename: name of the file.
            outdir: folder of the file.
            target: what is saved, a dictionary of NumPy arrays.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, filename, outdir, target)")

    def finalize(self):
        """Wait until all is written; raises what a thread or process has met."""

    def save(self, filename, outdir, target, savefun, **kwds):
        """Write a file beside its place, put it there, and remove what is old.

        Args:
            filename: name of the file.
            outdir: folder of the file.
            target: what is saved.
            savefun: function of a path, ``target`` and ``kwds`` that writes a file.
            kwds: for ``savefun``.
        """
        path = os.path.join(outdir, filename)
        with told_if_full("a snapshot", path):
            with utils.tempdir(prefix="tmp" + os.path.basename(filename), dir=outdir) as folder:
                new = os.path.join(folder, os.path.basename(filename))
                savefun(new, target, **kwds)
                _sync(new)
                os.replace(new, path)
            _sync_folder(os.path.dirname(os.path.abspath(path)))
        self._post_save()

    def _add_cleanup_hook(self, hook_fun):
        """Have a function called after each snapshot, when it is whole. Hooks of processes must be picklable."""
        self._post_save_hooks.append(hook_fun)

    def _post_save(self):
        for hook in self._post_save_hooks:
            hook()


def _sync(path):
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SimpleWriter(Writer):
    """Writes at once, while the training waits.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file.
        kwds: for ``savefun``.
    """

    def __init__(self, savefun=save_npz, **kwds):
        super().__init__()
        self._savefun, self._kwds = savefun, kwds

    def __call__(self, filename, outdir, target):
        self.save(filename, outdir, target, self._savefun, **self._kwds)


class StandardWriter(Writer):
    """Base of writers that start a worker for each snapshot; a new one waits for that before.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file.
        kwds: for ``savefun``.
    """

    _worker = None

    def __init__(self, savefun=save_npz, **kwds):
        super().__init__()
        self._savefun, self._kwds = savefun, kwds

    def __call__(self, filename, outdir, target):
        self._wait()
        self._worker = self.create_worker(filename, outdir, target, **self._kwds)
        self._worker.start()

    def create_worker(self, filename, outdir, target, **kwds):
        """A worker with methods ``start`` and ``join``.

        Args:
            filename: name of the file.
            outdir: folder of the file.
            target: what is saved.
            kwds: for ``savefun``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define create_worker")

    def _wait(self):
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.join()

    def finalize(self):
        self._wait()


class ThreadWriter(StandardWriter):
    """Writes each snapshot in a thread of its own, while the training goes on.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file.
        kwds: for ``savefun``.

    >>> trainer = chainjax.testing.get_trainer_with_mock_updater()
    >>> writer = chainjax.training.extensions.snapshot_writers.ThreadWriter()
    >>> trainer.extend(chainjax.training.extensions.snapshot(writer=writer, n_retains=2))
    """

    def create_worker(self, filename, outdir, target, **kwds):
        return _Thread(target=self.save, args=(filename, outdir, target, self._savefun), kwargs=kwds)


class _Thread(threading.Thread):
    """A thread whose exception is raised where it is joined."""

    _exception = None

    def run(self):
        try:
            super().run()
        except BaseException as exc:  # raised again by join
            self._exception = exc

    def join(self, timeout=None):
        super().join(timeout)
        exception, self._exception = self._exception, None
        if exception is not None:
            raise exception


class ProcessWriter(StandardWriter):
    """Writes snapshots in another process, while the training goes on.

    The process is a new one and no copy of this: what JAX has started would not survive copying. The first snapshot takes a second
    more until it has started; the arrays are sent to it.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file; it may be a lambda.
        kwds: for ``savefun``.
    """

    def __init__(self, savefun=save_npz, **kwds):
        super().__init__(savefun, **kwds)
        self._process = _Process()

    def create_worker(self, filename, outdir, target, **kwds):
        writer = SimpleWriter(self._savefun, **kwds)
        writer._post_save_hooks = self._post_save_hooks
        return _Task(self._process, writer, filename, outdir, target)

    def finalize(self):
        try:
            super().finalize()
        finally:
            self._process.close()


class _Task:
    """A call in another process, with the methods of a thread."""

    def __init__(self, process, *call):
        self._process, self._call, self._future = process, call, None

    def start(self):
        self._future = self._process.submit(*self._call)

    def join(self):
        self._future.result()


class _Process:
    """Another process, started when there is something to do. What is raised there is raised where the result is taken."""

    _executor = None

    def submit(self, function, *args):
        if self._executor is None:
            import loky

            self._executor = loky.ProcessPoolExecutor(
                1,
                initializer=signal.signal,  # Ctrl-C ends the training, which then waits for the last snapshot
                initargs=(signal.SIGINT, signal.SIG_IGN),
                env={"JAX_PLATFORMS": "cpu"},  # the accelerator belongs to the training
            )
        return self._executor.submit(function, *args)

    def close(self):
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()


class QueueWriter(Writer):
    """Base of writers that put snapshots into a queue, from which a thread takes one after the other.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file.
        task: writer that the thread calls, instead of ``savefun``.
    """

    def __init__(self, savefun=save_npz, task=None):
        super().__init__()
        self._task = self.create_task(savefun) if task is None else task
        self._consumer, self._queue, self._errors = None, None, []

    def __call__(self, filename, outdir, target):
        self._raise()
        if self._consumer is None:
            self._queue = self.create_queue()
            self._consumer = self.create_consumer(self._queue)
            self._consumer.start()
            atexit.register(self.finalize)
        self._queue.put([self._task, filename, outdir, target])

    def create_task(self, savefun):
        """The writer that is called for each snapshot.

        Args:
            savefun: function of a path and a dictionary of arrays that writes a file.
        """
        return SimpleWriter(savefun)

    def create_queue(self):
        """The queue."""
        raise NotImplementedError(f"{type(self).__name__} must define create_queue")

    def create_consumer(self, q):
        """What calls :meth:`consume`, with methods ``start`` and ``join``.

        Args:
            q: the queue.
        """
        raise NotImplementedError(f"{type(self).__name__} must define create_consumer")

    def consume(self, q):
        """Write what is in the queue until ``None`` comes.

        Args:
            q: the queue.
        """
        while True:
            task = q.get()
            try:
                if task is None:
                    return
                self._run(task[0], task[1], task[2], task[3])
                self._post_save()
            except Exception as exc:  # raised at the next snapshot or at the end, in the thread of the training
                self._errors.append(exc)
            finally:
                q.task_done()

    def _run(self, task, filename, outdir, target):
        task(filename, outdir, target)

    def _raise(self):
        if self._errors:
            errors, self._errors = self._errors, []
            if len(errors) > 1:
                errors[0].add_note(f"{len(errors) - 1} more snapshots failed after it")
            raise errors[0]

    def finalize(self):
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            self._queue.put(None)
            self._queue.join()
            consumer.join()
            atexit.unregister(self.finalize)
        self._raise()


class ThreadQueueWriter(QueueWriter):
    """Writes all snapshots in one thread, one after the other, while the training goes on.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file.
        task: writer that the thread calls, instead of ``savefun``.
    """

    def create_queue(self):
        return queue.Queue()

    def create_consumer(self, q):
        return threading.Thread(target=self.consume, args=(q,), daemon=True)  # waits for ever if nobody finalizes


class ProcessQueueWriter(ThreadQueueWriter):
    """Writes all snapshots in another process, one after the other, while the training goes on.

    Args:
        savefun: function of a path and a dictionary of arrays that writes a file; it may be a lambda.
        task: writer that is called there, instead of ``savefun``.
    """

    def __init__(self, savefun=save_npz, task=None):
        super().__init__(savefun, task)
        self._process = _Process()

    def _run(self, *task):
        self._process.submit(*task).result()

    def finalize(self):
        try:
            super().finalize()
        finally:
            self._process.close()
