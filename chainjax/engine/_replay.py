"""Replay: turning a tape into arrays, by one compiled program or entry by entry.

Which: a structure that comes back where it was replayed last time (a loop), or that came back often, is compiled whole as soon as
its runs have lost about as much time as compiling takes; one not seen before is replayed by the small kernels of its entries,
which other structures share, and which a layer above may run without XLA while they are rare (``backends/_by_numpy.py``). A
structure seen once costs its hash.

What is made: the values that somebody outside the graph refers to, and those that graph nodes may still need. A node whose
backward pass has run and that nothing fresh stands above is *spent*: what only spent nodes hold is let go. The tape stays
behind as its recipe, as long as such a value lives (:func:`recover`).

What is donated: buffers that an update replaces, if nobody but the update and spent nodes holds them. The first time that a
structure lets something go, nothing is donated and the recipe holds what it was computed from: so a program that wants it again (a
GAN, whose generator learns from what the discriminator has said before its update) gets the very numbers, and keeps them from then on.

How it can be torn: not at all. A plan, once made, is kept on the tape; a dispatch stores its results, with
signals held back, into a list of the plan; giving them to their Values can be repeated. So after an interrupt at any moment the next
look at a value goes on from there. If a program fails, its entries are replayed one by one without donation: what fails,
and what depends on it, keeps the error; everything else is made, and cells whose update failed get their old values back.
"""

import collections
import math
import sys
import time
import traceback
import warnings
from operator import attrgetter
from sys import getrefcount
from weakref import ref

import numpy as np

import jax

from ._allocator import give_back_freed_memory
from ._cache import Bounded
from ._interrupts import held
from ._statistics import line_of, recorder

#: A structure that comes back, but not in a row, is compiled when it has been seen this often: a test set whose last batch is smaller
#: is gone through once in an epoch, and to compile takes as long as some hundred replays entry by entry.
OFTEN = 64

# What the executables may take together (an estimate, see _footprint), and how many structures are known by their hash.
executables = Bounded(most_bytes=512 << 20)
_seen = Bounded(most=1 << 14)
_last_at = Bounded(most=1 << 10)
_compiled = Bounded(most=1 << 12)  # those that have been worth a program, wherever they come again
_keep_all, _let_go = Bounded(most=1 << 10), Bounded(most=1 << 10)
_spare_sets = Bounded(most=1 << 10)

# A layer above may know how to run some kernels without compiling them: signature, and whether what they give must be the same
# to the bit -> something like a Program, or None.
without_xla = [lambda sig, exact: None]

# How results of a program are compared with those of its entries: results by slot, a function that replays them, one that names them.
verify = [lambda results, replay, name: None]

# And what some entries of a program, known by number, are better computed by: a function, and the slots of its arguments.
better = [lambda entries, live: {}]

# XLA:CPU orders a program for many threads, which begins early and keeps long. From this many bytes of results on it is ordered for
# memory: ResNet-50 on 8 images takes 679 MB of temporary arrays instead of 944, and 4 % more time.
_FOR_MEMORY, _ORDER = 256 << 20, {"xla_cpu_scheduler_type": "CPU_SCHEDULER_TYPE_MEMORY_OPTIMIZED"}

# XLA:CPU computes what several fusions read in each of them. In a network unrolled over many steps, where each step's gradient goes on
# to the one before, that is all steps so far in each step: 124 ms instead of 40 for 35 steps of two LSTMs back. Where entries are
# so often of the same kind, nothing is fused; 20 steps of one LSTM, 16 entries of a kind, are 14.6 ms fused and 18 not.
_UNROLLED, _UNFUSED = 20, {"xla_disable_hlo_passes": "fusion"}

# A program that needs more than this runs as a whole only if a trial allocation succeeds: XLA deletes donated
# buffers even where it then finds no memory for the results.
_TRIAL = 16 << 20


# Seconds, estimated: to replay an entry that takes no time, to call a program, to compile it, and for each of its entries; half of
# what compiling takes, since what came back so often goes on for longer, as a rule.
_STEP, _CALL, _COMPILE, _COMPILE_ENTRY = 4e-6, 50e-6, 50e-3, 5e-3


class _Probe:
    __slots__ = ("__weakref__",)


# What sys.getrefcount says, mapped over a list, of a thing that only the list refers to. Python 3.14 lends references, so
# this is measured, not assumed. Without the GIL counts are not exact: then everything counts as held.
_ALONE = list(map(getrefcount, [_Probe()]))[0]  # noqa: RUF015  the very code that is used below
COUNTS = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


# What a Value may hold beside arrays of JAX: isinstance(array, jax.Array) takes ten times as long to ask.
_NUMBERS = {bool, int, float, complex, type(None)}
_HOST = {np.ndarray, *_NUMBERS}


class Plan:
    """What a replay has decided, and how far it is: ``box`` holds results of a program between dispatch and commit.

    ``at`` is the entry that comes next where they are run one by one, and ``env`` has what those before it made.
    """

    __slots__ = ("arrays", "at", "box", "env", "give", "live", "mesh", "program", "replaced")

    def __init__(self, live, arrays, give=(), program=None, replaced=None, mesh=None):
        self.live, self.give, self.arrays, self.program, self.mesh = live, give, arrays, program, mesh
        self.replaced = replaced or {}  # key of a buffer that an update may consume -> slot of what replaces it
        self.box, self.at, self.env = [], 0, []


class Program:
    """An executable, and what it needs beside its arguments, in bytes; ``left``: whether it has runs left, or is to be replaced.

    ``exact``: what it gives does not depend on how often it was run. ``loses``: see ``_pays``.
    """

    __slots__ = ("call", "exact", "left", "loses", "needs")

    def __init__(self, compiled):
        self.call, self.left, self.exact, self.loses = compiled, True, True, math.inf
        memory = compiled.memory_analysis()
        self.needs = 0 if memory is None else memory.temp_size_in_bytes + memory.output_size_in_bytes - memory.alias_size_in_bytes


def _tried(box, fn, *args):
    """Put what ``fn(*args)`` gives into ``box`` while signals are held back; its error is returned.

    So no interrupt can come between a result and the box, and what is raised here is a signal handler's own error
    (``TimeoutError``, say), never to be taken for that of a program. It costs 1.5 us.
    """
    with held():
        try:
            with jax.enable_x64(True):
                box.append(fn(*args))
        except Exception as exc:
            return exc
    return None


def replay(tape, where):
    """Make every value of a tape that somebody can still see. Interrupted, it goes on at the next call."""
    plan = tape.plan
    if plan is None:
        plan = tape.plan = _plan(tape, where)
    if plan.program is not None and not plan.box:
        error = _tried(plan.box, plan.program.call, *plan.arrays)
        if error is not None:
            plan.program, plan.give, plan.replaced = None, (), {}
            warnings.warn(f"the program of {line_of(where)} failed and is replayed entry by entry: {error}", RuntimeWarning, stacklevel=2)
    if plan.program is None:
        _run_stepwise(tape, plan)
        results = [plan.env[slot] for slot in plan.live]
    else:
        results = plan.box[0]
    if tape.thread.verify:
        _verify(tape, plan, results)
    _commit(tape, plan, results)


def _plan(tape, where):
    entries, args, thread = tape.entries, tape.args, tape.thread
    form = _form(tape)
    structure = hash(form)
    spent = {} if _keep_all.get(structure) else _spent(entries)
    tape.exact = bool(spent) and bool(tape.updates) and not _let_go.get(structure)
    made = {id(u[1]) for u in tape.updates if u[1].tape is tape}
    for key in [id(v) for u in tape.updates for v in u[1:]]:
        if key in made:  # made and replaced here: that the updates know it is no reason to keep it
            spent[key] = spent.get(key, 0) + 1
    outs = [r() for entry in entries for r in entry[3]]
    counts = list(map(getrefcount, outs))
    held_here = spent.get
    live = tuple([s for s, v in enumerate(outs) if v is not None and (counts[s] > _ALONE + held_here(id(v), 0) or not COUNTS)])
    del outs
    known = hash((structure, live))  # without what is donated: in a first step that is not yet what it is in all others
    worth = (_comes_back(known, where, tape.cut) and _pays(tape, _seen.get(known))) or _compiled.get(known)
    again = worth and not thread.eager and not thread.deterministic
    give = _donated(tape, spent, again) if tape.updates and not thread.verify and not tape.exact else ()
    news = {tape.argno.get(id(u[1]), u[1].slot): u[2].slot for u in tape.updates} if give else {}
    if give:
        # A consumed buffer goes to the first output of its shape: let that be the value that replaces it in the end.
        wanted = set(live)
        firsts = [slot for n in give if (slot := _replacement(-1 - n, news)) in wanted]
        live = (*firsts, *sorted(wanted.difference(firsts)))
    program, mesh = None, tape.mesh
    arrays = [v.array for v in args] if mesh is None else mesh.arrays(args)
    if again:
        spares = [] if thread.verify or mesh is not None else _usable(tape, structure, live, give)
        program = _whole(tape, (form, live, give, mesh, *[v.aval for v in spares]), where)
        if program is not None and not _room_for(program.needs, tape.device):
            program, give = None, ()
        if program is not None:
            _compiled.put(known, True)
            arrays += [v.array for v in spares]
    tape.spares = []
    recorder.replayed("stepwise" if program is None else "whole", len(entries), len(give))
    replaced = {s: new for s, new in news.items() if s >= 0 or -1 - s in give} if program is None and give else {}
    return Plan(live, arrays, give, program, replaced, mesh)


def _replacement(slot, news):
    while slot in news:
        slot = news[slot]
    return slot


def _form(tape):
    """The structure of a tape: what each entry computes, of which entries and arguments."""
    return tuple([e[1] for e in tape.entries]), len(tape.args)


def _comes_back(structure, where, piece):
    """Whether the ``piece``-th structure (of a tape that was cut, else 0) that is replayed at a place is worth compiling."""
    times = (_seen.get(structure) or 0) + 1
    _seen.put(structure, times)
    runs = [_run_of(structure, (where, piece), piece), _run_of(structure, None, min(piece, 2))]
    return times > 1 and (any(runs) or times >= OFTEN)


def _pays(tape, times):
    """Whether the runs of a structure so far have lost what compiling it takes, or some of its entries are compiled already.

    Estimated; what an entry loses against being a part of a program, if it is run without XLA, is said by the layer that does it.
    """
    kernels = [executables.get((e[0].number, (), tape.mesh)) for e in tape.entries]
    return times * (sum([k.loses + _STEP for k in kernels if k is not None]) - _CALL) >= _COMPILE + _COMPILE_ENTRY * len(kernels)


def _run_of(structure, where, piece):
    """Whether a structure has come often enough in a row at a place; where it changes all the time, once more may be chance.

    What goes on for many different pieces, as an evaluation of a thousand trees does, comes back seldom, and has as many programs to
    compile.
    """
    last, length, changes = _last_at.get(where) or (None, 0, 0)
    length, changes = (length + 1, changes) if structure == last else (1, changes + 1)
    _last_at.put(where, (structure, length, changes))
    return length > 1 + changes.bit_length() // 3 + piece


def _spent(entries):
    """id(Value) -> how many references to it come from graph nodes that no backward pass needs any more."""
    nodes = [node for e in entries if e[4] is not None and (node := e[4]()) is not None]
    fresh, kept, counts = set(), set(), {}
    for node in reversed(nodes):
        if id(node) in fresh or (not node.ran and node.is_fresh()):
            fresh.update(map(id, node.parents()))
            fresh.add(id(node))
            node.count_held(kept, None)
    for node in nodes:
        if id(node) not in fresh:
            node.count_held(kept, counts)
    return counts


def _donated(tape, spent, whole):
    """The arguments whose buffers the update entries of this tape may consume.

    An array of NumPy, which a kernel without XLA has made, counts too where the tape may be run ``whole``, so that this is the same
    program then as in the steps after it: XLA consumes a buffer that it makes of the array.
    """
    if not COUNTS:
        return ()
    olds = [u[1] for u in tape.updates]
    arrays = list(map(attrgetter("array"), olds)) if tape.mesh is None else tape.mesh.held(olds)
    give, argno, shared = [], tape.argno, tape.mesh is not None  # what is wide refers to its part
    fixed = _NUMBERS if whole and not shared else _HOST
    for old, array, value_count, array_count in zip(
        map(id, olds), map(type, arrays), map(getrefcount, olds), map(getrefcount, arrays), strict=True
    ):
        # Beside the list here an old value is held by the tape's arguments and by its update; its array by the value.
        if value_count - _ALONE - 2 <= spent.get(old, 0) and array_count - _ALONE - 1 <= shared and array not in fixed and old in argno:
            give.append(-1 - argno[old])
    return tuple(sorted(give))


def _usable(tape, structure, live, give):
    """The spare buffers that nobody else holds and that fit a result which no consumed argument makes room for.

    All of the first such set or none: who looks at another gradient in each step would get a new program for each. Arrays of NumPy
    count for the reason given in ``_donated``.
    """
    if not tape.spares or not COUNTS:
        return []
    outs = [aval for e in tape.entries for aval in e[0].outs]
    room = collections.Counter([outs[s] for s in live])
    room.subtract([tape.args[n].aval for n in give])
    spares, found = tape.spares, []
    arrays = list(map(attrgetter("array"), spares))
    for n, counts in enumerate(zip(map(getrefcount, spares), map(getrefcount, arrays), strict=True)):
        v = spares[n]
        if counts == (_ALONE, _ALONE + 1) and type(v.array) not in _NUMBERS and room[v.aval] > 0:
            room[v.aval] -= 1
            found.append(v)
    if not found:
        return []
    key, avals = hash((structure, live, give)), [v.aval for v in found]
    usual = _spare_sets.get(key)
    if usual is None:
        _spare_sets.put(key, avals)
    return found if usual in (None, avals) else []


def _whole(tape, key, where):
    """The program of a tape, ``None`` if it cannot be compiled."""
    program = executables.get(key)
    if program is None:
        box = []
        error = _tried(box, _compile_whole, tape, key)
        if error is not None:
            text = f"compiling the program of {line_of(where)} failed, it is replayed entry by entry: {error}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
            return None
        program = box[0]
    return program


def _compile_whole(tape, key):
    """The outputs ``live`` are its results; the arguments ``give`` and the spare buffers that come after them are consumed."""
    _, live, give, mesh, *spares = key
    other = better[0](tape.entries, live)
    steps = [other.get(n) or (e[0].kernel, e[1][1:]) for n, e in enumerate(tape.entries)]

    def step(*xs):
        env = []
        for kernel, slots in steps:
            env.extend(kernel(*[env[s] if s >= 0 else xs[-1 - s] for s in slots]))
        return [env[s] for s in live]

    n, avals = len(tape.args), [v.aval for v in tape.args] + spares
    consumed = (*give, *range(n, n + len(spares)))
    give_back_freed_memory()  # a large program takes hundreds of megabytes to compile, and the threads that do it have heaps of their own
    options = {}
    if _platform(tape.device) == "cpu":
        if sum(aval.nbytes for e in tape.entries for aval in e[0].outs) >= _FOR_MEMORY:
            options |= _ORDER
        if len(steps) >= _UNROLLED * len({e[0] for e in tape.entries}):
            options |= _UNFUSED
    program = _compile("compiles", step, avals, mesh, options, donate_argnums=consumed, keep_unused=bool(spares))
    give_back_freed_memory()
    executables.put(key, program, _footprint(len(steps)))
    return program


def _run(sig, give, mesh, exact, arrays):
    program = executables.young.get((sig.number, give, mesh))
    if program is None or program.left < 1 or (exact and not program.exact):
        program = _kernel(sig, give, mesh, exact)
    results = program.call(*arrays)
    if program.needs >= _TRIAL:  # a lack of memory may show later only, and would then be that of entries that come after
        jax.block_until_ready(results)
    return results


def _kernel(sig, give, mesh=None, exact=False):
    key = (sig.number, give, mesh)
    program = executables.get(key)
    if program is None and mesh is None and (program := without_xla[0](sig, exact)):
        executables.put(key, program, _footprint(0))
    if program is None or program.left < 1 or (exact and not program.exact):

        def kernel(*xs):  # a function of its own: what JAX keeps of its lowering (1.5 MB) goes when it goes
            return sig.kernel(*xs)

        kernel.__name__ = sig.name
        program = _compile("kernels", kernel, sig.avals, mesh, donate_argnums=give)
        executables.put(key, program, _footprint(1))
    return program


def _compile(count, fn, avals, mesh, options=None, **how):
    start, specs = time.perf_counter(), [a.spec if mesh is None else mesh.spec(a) for a in avals]
    with jax.enable_x64(True):
        program = Program(jax.jit(fn if mesh is None else mesh.spread(fn, avals), **how).lower(*specs).compile(options))
    recorder.compiled(count, time.perf_counter() - start)
    return program


def _footprint(entries):
    """Resident bytes of an executable, as seen on XLA:CPU: 0.25 MB that of one small entry, 84 MB that of the 422 of a ResNet-50."""
    return (8 << 10) + entries * (200 << 10)


def _platform(device):
    return (device or jax.devices()[0]).platform


def _room_for(nbytes, device):
    if nbytes < _TRIAL:
        return True
    memory = (device or jax.devices()[0]).memory_stats()
    if memory and "bytes_limit" in memory:
        return nbytes < memory["bytes_limit"] - memory["bytes_in_use"]
    try:
        np.empty(nbytes, np.uint8)
    except MemoryError:
        return False
    return True


def _run_stepwise(tape, plan):
    """Replay by kernels what the live slots need, dropping each slot after its last use; resumes where it was interrupted."""
    entries = tape.entries
    last, reads = dict.fromkeys(plan.live, len(entries)), [()] * len(entries)  # entry -> the slots that it is the last to read
    for n in range(len(entries) - 1, -1, -1):
        _, key, base, outs, _, _ = entries[n]
        if base in last or (len(outs) > 1 and not last.keys().isdisjoint(range(base, base + len(outs)))):
            reads[n] = [s for s in dict.fromkeys(key[1:]) if s not in last]
            last.update(dict.fromkeys(reads[n], n))
    while plan.at < len(entries):
        # Signals wait until an entry is done, so what is raised in one is its own, and no result is lost.
        with held() as signals, jax.enable_x64(True), np.errstate(all="ignore"):
            while plan.at < len(entries) and not signals.arrived:
                _run_entry(tape, plan, plan.at, last, reads[plan.at])
                plan.at += 1


def _run_entry(tape, plan, n, last, read):
    sig, key, base, outs, _, where = tape.entries[n]
    env, arrays, replaced, failed = plan.env, plan.arrays, plan.replaced, tape.failed
    slots, size, end, cause = key[1:], len(outs), base + len(outs), None
    unwanted = () if size == 1 and base in last else [s for s in range(base, end) if s not in last]
    if failed:
        cause = next((failed[s] for s in slots if s in failed), None)
    if len(unwanted) < size and cause is None:
        # Only the entry that replaces a buffer may consume it, where that is its last use and its only one there.
        give = (
            ()
            if not replaced
            else tuple([i for i, s in enumerate(slots) if base <= replaced.get(s, -1) < end and last[s] == n and slots.count(s) == 1])
        )
        try:
            env.extend(_run(sig, give, plan.mesh, tape.thread.deterministic, [env[s] if s >= 0 else arrays[-1 - s] for s in slots]))
        except Exception as exc:
            cause = exc
            traceback.clear_frames(cause.__traceback__)  # they hold the inputs
            cause.add_note(f"while replaying {sig}, recorded at {line_of(where)}")
    if cause is not None:
        failed = tape.failed = {**(failed or {}), **dict.fromkeys(range(base, end), cause)}
    if len(env) < end:
        env.extend([None] * (end - len(env)))
    for s in read:
        # What an update that failed was to replace is what its cell goes back to.
        if s >= 0 and not (failed and s in replaced and replaced[s] in failed):
            env[s] = None
    for s in unwanted:
        env[s] = None


def _commit(tape, plan, results):
    """Give the results to their Values. It can be repeated, so that an interrupted one is finished by the next look."""
    refs, failed = [r for e in tape.entries for r in e[3]], tape.failed or ()
    for slot, array in zip(plan.live, results, strict=True):
        v = refs[slot]()
        if v is not None and slot not in failed:
            v.array, v.tape = (array, None) if plan.mesh is None else plan.mesh.taken(v, array)
    args = tape.args
    for n in plan.give:
        v = args[n]
        if plan.mesh is not None:
            plan.mesh.let_go(v)
        elif v.array.__class__ is not np.ndarray and v.array.is_deleted():  # it is not where the update failed, or had no use for it
            v.array = None
    if failed:
        for cell, old, new in reversed(tape.updates):
            if new.tape is tape:
                if old.array is None and old.tape is tape and _is_there(array := plan.env[old.slot]):
                    old.array, old.tape = (array, None) if plan.mesh is None else plan.mesh.taken(old, array)
                cell.roll_back(new, old)
    tape.done = True  # before anything that a second commit would need is let go
    # From here the tape is only the recipe of what was let go, and must not keep parameters from being donated: of an argument
    # that belongs to a cell it has the cell, and the value while that lives.
    if tape.exact:
        _let_go.put(hash(_form(tape)), True)
    else:
        tape.args = [v if v.home is None or (cell := v.home()) is None else (ref(v), cell) for v in args]
    tape.updates, tape.plan = [], None


def _is_there(array):
    return array is not None and not (hasattr(array, "is_deleted") and array.is_deleted())


def recover(tape, value):
    """Make what the replay of ``tape`` let go: ``value``, and with it all else that somebody still wants."""
    recorder.add("recovered")
    if tape.exact:
        _keep_all.put(hash(_form(tape)), True)
    arrays = []
    for arg in tape.args:
        known = arg[0]() if type(arg) is tuple else arg
        if known is None or (known.array is None and known.tape is None):
            known = _updated_since(arg[1] if type(arg) is tuple else None, tape, value)
        if known.array is None:
            known.tape.realise(known)
        arrays.append(known.array)
    refs = [r for e in tape.entries for r in e[3]]
    wanted = [v for r in refs if (v := r()) is not None and v.tape is tape and v.slot not in (tape.failed or ())]
    plan = Plan(tuple([v.slot for v in wanted]), arrays)
    _run_stepwise(tape, plan)
    for v in wanted:
        if v.slot in (tape.failed or ()):
            continue
        v.array = plan.env[v.slot]
        v.tape = None
    if value.array is None:
        raise tape.failed[value.slot]


def _updated_since(cell, tape, value):
    if cell is None:
        raise RuntimeError("a value that was let go is wanted again, but the parameters it was computed from are gone")
    structure = hash(_form(tape))
    if not _keep_all.get(structure):
        _keep_all.put(structure, True)
        sig, *_, where = _entry_of(tape, value.slot)
        warnings.warn(
            f"the result of {sig.name} recorded at {line_of(where)} was let go after its backward pass and is wanted again, but "
            "parameters have been updated since: it is computed with their present values. From now on such results are kept.",
            RuntimeWarning,
            stacklevel=2,
        )
    present = cell.use()
    if present.array is None and present.tape is tape:
        raise RuntimeError("a parameter was consumed by one update, and a later one failed before anything was computed from it")
    if present.array is None:
        present.tape.realise(present)
    return present


def _entry_of(tape, slot):
    return next(e for e in tape.entries if e[2] <= slot < e[2] + len(e[3]))


def _verify(tape, plan, results):
    """Replay entry by entry beside the results; raises for the first entry whose numbers differ."""
    failed = tape.failed

    def replay(env):
        again, tape.failed = Plan(plan.live, plan.arrays, mesh=plan.mesh), None
        again.env = env
        _run_stepwise(tape, again)
        tape.failed = failed
        return env

    def name(slot):
        sig, *_, where = _entry_of(tape, slot)
        return f"{sig}, recorded at {line_of(where)}"

    made = {slot: result for slot, result in zip(plan.live, results, strict=True) if slot not in (failed or ())}
    verify[0](made, replay, name)
