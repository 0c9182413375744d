"""Recording: what a thread has asked for and nobody has looked at yet.

An entry is ``(signature, key, base, outs, node, where)``: ``key`` is the signature's number and then one slot per input
(``>= 0`` an output recorded earlier on this tape, ``-1 - n`` argument ``n``), ``base`` the slot of the first output, ``outs``
weak references to the output Values, ``node`` a weak reference to the graph node that may need them for a backward pass, and
``where`` the line that recorded it. The keys of a tape are its structure: the same structure is the same program.

Invariants: an entry is built aside and published by one ``append``, so an interrupt leaves a tape without half entries;
arguments are concrete when they are recorded; a Value refers to its tape, so a tape whose replay was interrupted, or that
belongs to another thread, living or dead, is replayed by whoever wants the Value.
"""

import threading
import weakref
from weakref import ref

import jax

from . import _replay
from ._statistics import line_of, recorder, site
from ._values import TRACED, Aval, Value

#: A tape with this many entries is replayed at the end of the outermost recorded call, and at twice as many anywhere.
#: XLA's compile time is superlinear in the size of a program; up to here two programs of half the size (unrolled LSTMs) take as long.
#: A training step of ResNet-50 has 422 entries: in two pieces it took half as long again, and handed over 260 MB of activations.
LONG = 512

#: In an evaluation some small batches are a piece, which is compiled soon. To plan a piece takes about as long as so many entries.
SHORT = 32

#: Buffers of this size and more are worth using again (see ``offer``).
SPARE = 1 << 20


class Thread:
    """What one thread records on, and its settings, which the layers above make (see ``chainjax.config``)."""

    def __init__(self):
        self.tape = None
        self.cuts = 0  # how often the tape was cut since somebody looked
        self.calls = 0  # link calls under way: a tape is cut where the outermost one ends
        self.where = None  # the line that entries are booked on, where one call records many
        self.guards = []
        self.hooks, self.link_hooks = {}, {}
        # Where xp makes arrays, and the devices that share what is recorded for the first of them; see backends.
        self.device = self.mesh = None
        self.own = set()  # settings of this thread that do not follow the defaults
        self.__dict__.update(defaults)
        self.refresh()
        threads.add(self)

    def set(self, name, value):
        self.own.add(name)
        setattr(self, name, value)
        self.refresh()

    def unset(self, name):
        self.own.discard(name)
        setattr(self, name, defaults[name])
        self.refresh()

    def refresh(self):
        self.eager = not self.lazy or self.debug or bool(self.hooks)


class _Local(threading.local):
    def __init__(self):
        self.thread = Thread()


_new = object.__new__

#: Settings of a thread that has none of its own.
defaults = {"lazy": True, "debug": False, "deterministic": False, "verify": False, "backprop": True}
threads = weakref.WeakSet()
local = _Local()


def set_default(name, value):
    """Set what all threads see that have not set their own."""
    defaults[name] = value
    for thread in list(threads):
        if name not in thread.own:
            setattr(thread, name, value)
            thread.refresh()


class Tape:
    """Entries recorded by one thread for one device; after its replay, the recipe of what was let go."""

    __slots__ = (
        "__weakref__",
        "argno",
        "args",
        "closed",
        "cut",
        "device",
        "done",
        "entries",
        "exact",
        "failed",
        "lock",
        "mesh",
        "plan",
        "spares",
        "thread",
        "updates",
    )

    def __init__(self, thread, device):
        self.thread, self.device = thread, device
        self.mesh = thread.mesh if thread.mesh is not None and thread.mesh.device is device else None
        self.entries, self.args, self.argno, self.updates, self.spares = [], [], {}, [], []
        self.closed = self.done = self.exact = False
        self.plan, self.failed, self.cut = None, None, 0
        self.lock = threading.RLock()

    def realise(self, value, reason="read"):
        """Give ``value``, which this tape recorded, its array."""
        with self.lock:
            if not self.done:
                self.run(reason)
            if value.tape is self:
                if self.failed and value.slot in self.failed:
                    raise self.failed[value.slot]
                _replay.recover(self, value)

    def run(self, reason):
        """Replay. Interrupted on the way, it goes on at the next call."""
        with self.lock:
            if self.done:
                return
            self.closed = True
            if self.thread.tape is self:
                self.thread.tape = None
            if reason != "bound":
                self.thread.cuts = 0
            if self.entries:
                where = site()
                if self.plan is None:
                    recorder.flush(reason, where)
                _replay.replay(self, where)
            else:
                self.done = True

    def size(self):
        if not self.entries:
            return 0
        sig, _, base, *_ = self.entries[-1]
        return base + len(sig.outs)


def record(sig, values, node=None, where=None):
    """Append the entry ``sig(*values)``, booked on the line ``where``; returns the Values of its outputs."""
    thread = local.thread
    tape = thread.tape
    if tape is None or tape.closed or tape.device is not sig.device:
        if sig.device is TRACED:
            return _compute_traced(sig, values)
        tape = _open(thread, sig.device)
    key, argno = [sig.number], tape.argno
    for v in values:
        if v.tape is tape:
            key.append(v.slot)
        else:
            n = argno.get(id(v))  # the tape keeps its arguments alive, so the id is theirs alone
            if n is None:
                if v.array is None and (tape.mesh is None or not hasattr(v, "wide")):
                    fetch(v)
                    if tape.closed:
                        return record(sig, values, node, where)
                tape.args.append(v)
                n = argno[id(v)] = -len(tape.args)
            key.append(n)
    entries = tape.entries
    slot = 0
    if entries:
        last = entries[-1]
        slot = last[2] + len(last[3])
    base, outs, refs = slot, [], []
    for aval in sig.outs:
        v = _new(Value)
        v.aval, v.array, v.tape, v.slot, v.home = aval, None, tape, slot, None
        outs.append(v)
        refs.append(ref(v))
        slot += 1
    entries.append((sig, tuple(key), base, refs, None if node is None else ref(node), where or thread.where or site(2)))
    if thread.eager:
        tape.run("eager")
    elif len(entries) >= 2 * LONG:
        cut(tape)
    return outs


def _open(thread, device):
    if thread.tape is not None:
        thread.tape.run("another device")
    thread.tape = Tape(thread, device)
    return thread.tape


def _compute_traced(sig, values):
    """Under a JAX transformation there is nothing to defer: the tracers are the deferral."""
    recorder.add("traced")
    xs = [fetch(v) for v in values]
    return [Value(Aval(o.shape, o.dtype, TRACED), o) for o in sig.kernel(*xs)]


def cut_if_long(thread):
    """At the end of a recorded call: replay a tape that has grown long; where nothing can go back through it, any but a short one."""
    tape = thread.tape
    if tape is not None and len(tape.entries) >= (LONG if thread.backprop else SHORT):
        cut(tape)


def cut(tape):
    recorder.add("bounded")
    tape.thread.cuts += 1
    tape.cut = tape.thread.cuts
    tape.run("bound")


def fetch(value):
    """The array of a Value, made now if need be. Raises what its entry raised, or what a guard found."""
    thread = local.thread
    if thread.mesh is not None:
        thread.mesh.about_to_read(value)
    while value.array is None:  # what is wide after a replay still has to be taken out
        if value.tape is None:
            raise RuntimeError("these numbers are gone: an update consumed them")
        value.tape.realise(value)
    if thread.guards:
        check_guards(thread)
    return value.array


def flush(reason="flush"):
    """Replay what this thread has recorded; errors of the replay are raised here."""
    thread = local.thread
    tape = thread.tape
    if tape is not None:
        tape.run(reason)
        if tape.failed:
            raise next(iter(tape.failed.values()))
    if thread.guards:
        check_guards(thread)


def update(replaced):
    """Announce ``(cell, old, new)``: the Values ``new`` of this tape replace ``old`` ones, whose buffers may then be consumed."""
    tape = local.thread.tape
    if tape is not None:
        tape.updates.extend([u for u in replaced if u[2].tape is tape])


def offer(value):
    """Say that the caller needs a large Value no more: the next replay may put its results there, if nobody else holds it.

    Gradients are made and dropped in every step; to allocate them anew each time costs page faults and fragments the heap.
    """
    if value.aval.nbytes >= SPARE and value.array is not None and value.aval.device is not TRACED:
        thread = local.thread
        tape = thread.tape
        if tape is None or tape.closed or tape.device is not value.aval.device:
            tape = _open(thread, value.aval.device)
        tape.spares.append(value)


def guard(value, error):
    """Raise ``error()`` at a coming flush or read if the boolean ``value`` is then true; it names this line."""
    local.thread.guards.append((value, error, site()))


def check_guards(thread):
    waiting, thread.guards = thread.guards, []
    for n, (value, error, where) in enumerate(waiting):
        array = getattr(value, "wide", value.array)
        ready = getattr(array, "is_ready", None)
        if array is None or (ready is not None and not ready()):
            thread.guards.append(waiting[n])
        elif jax.device_get(array).any():  # of all devices
            thread.guards.extend(waiting[n + 1 :])
            exc = error()
            exc.add_note(f"recorded at {line_of(where)}")
            raise exc


def is_traced(value):
    return isinstance(value.array, jax.core.Tracer)
