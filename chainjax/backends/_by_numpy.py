"""The first tier: kernels run by NumPy, as long as that is cheaper than to compile them.

To compile the smallest kernel takes as long as a thousand runs, and many are not run so often: those of the first steps of a loop, which
is a program of its own after them, and those of sequences, trees and batches of shapes that nobody sees again. On a small array NumPy is
faster than the call of a compiled kernel, too: such kernels are never compiled. What a kernel does is read off its jaxpr once, and
written down as a function of Python: what nobody needs is left out, what is known before it is called is computed before.

How long it runs here, and how often, is estimated from the sizes of its arrays and not measured, so that a program gives the same numbers
each time. NumPy rounds otherwise than XLA; what only moves numbers is the same to the bit, and only that is done here under
``config.deterministic``. Only where arrays are in the host's memory.
"""

import functools
import math
import types
from typing import NamedTuple

import numpy as np

import jax
from jax.extend import core as jex

from ..engine import _replay
from ..engine._values import snapshot
from ._primitives import INDEXED, MOVE, NUMPY, PRIMITIVES, REPEATED, RESHAPED, SMALL, repeated

#: What is estimated, in seconds: to compile a kernel, and each equation of it; to call one; to call a function of NumPy.
COMPILE, COMPILE_EQUATION, CALL, CALL_NUMPY = 30e-3, 3e-3, 35e-6, 0.7e-6

#: What XLA takes for a number.
XLA = 0.1e-9

#: For a product of two numbers in a product of matrices, of which one often is small: NumPy, XLA.
PRODUCT, PRODUCT_XLA = 35e-12, 16e-12

#: Larger results are not worth the copies.
LARGEST = 16 << 20

#: ``False``: only what moves numbers is done here.
COMPUTES = True


class ByNumpy:
    """A kernel run by NumPy. As with a program, ``needs`` is what it takes beside its arguments; ``left`` counts its runs down.

    ``exact``: it gives what the compiled kernel gives, to the bit. ``loses``: seconds that a run takes longer than as a part of a program.
    """

    __slots__ = ("device", "exact", "fn", "left", "loses", "needs")

    def __init__(self, fn, device, exact, numpy, xla, equations):
        self.fn, self.device, self.exact, self.needs = fn, device, exact, 0
        self.loses = max(numpy - xla, 0.0)
        loses = numpy - xla - CALL
        self.left = math.inf if loses <= 0 else (COMPILE + COMPILE_EQUATION * equations) // loses

    def call(self, *arrays):
        self.left -= 1
        borrowed = False
        for a in arrays:
            if a.__class__ is not np.ndarray:
                arrays, borrowed = map(np.asarray, arrays), True
                break
        results = self.fn(*arrays)
        if self.device is not None:
            return jax.device_put([snapshot(r) for r in results], self.device, may_alias=False)
        return [r if _is_ours(r) else np.array(r) for r in results] if borrowed else results


def _is_ours(array):
    """Whether an array has memory of NumPy. A buffer of JAX may be overwritten, by an update, while somebody still reads here."""
    while array.__class__ is np.ndarray:
        if array.base is None:
            return True
        array = array.base
    return False


def by_numpy(sig, exact=False):
    """A signature as a :class:`ByNumpy`; ``None`` where it does what is not known here or is large, or its arrays are elsewhere.

    Args:
        sig: what is to be computed.
        exact: only if it gives the same to the bit.
    """
    if (sig.device or jax.devices()[0]).platform != "cpu":
        return None
    if hasattr(sig, "move") and (sig.costs[0] or not exact):
        return ByNumpy(sig.move, sig.device, *sig.costs)
    if sum(a.nbytes for a in sig.outs) > LARGEST:
        return None
    code = code_of(sig.kernel.trace(*[a.spec for a in sig.avals]).jaxpr)
    if code is None or not (code.exact or (COMPUTES and not exact)):
        return None
    kernel = ByNumpy(code.fn, sig.device, *code[1:])
    return kernel if kernel.left >= 1 else None


class Code(NamedTuple):
    """What computes some results of arrays, whether it is exact, and what it takes (see above)."""

    fn: object
    exact: bool
    numpy: float
    xla: float
    equations: int


def code_of(closed, wanted=None):
    """A closed jaxpr as :class:`Code`, whose function gives a list; ``None`` if there is something in it that is not known here.

    Args:
        closed: the jaxpr.
        wanted: whether each of its results is; ``None`` comes in the place of one that is not.
    """
    jaxpr = closed.jaxpr
    if any(v.aval.dtype not in _DTYPES for v in (*jaxpr.invars, *jaxpr.outvars)):
        return None
    writer = _Writer([f"v{i}" for i in range(len(jaxpr.invars))])
    results = writer.read(closed, writer.arguments, wanted or [True] * len(jaxpr.outvars))
    return None if results is None else writer.code(results, [v.aval.shape for v in jaxpr.outvars])


class _Line(NamedTuple):
    """``left`` is what ``text`` makes of what it ``reads``: ``names``. ``code`` says what it takes.

    ``takes_room``: it can be told where to put its result.
    """

    left: str
    names: list
    text: str
    reads: list
    code: Code
    takes_room: bool


class _Writer:
    """Writes down what jaxprs do as the lines of a function of Python.

    What is computed is called v0, v1, ..., arguments first; what is known already, arrays and all else, c0, c1, ...
    """

    def __init__(self, arguments):
        self.arguments, self.size, self.lines, self.equations = arguments, len(arguments), [], 0
        self.known, self.constants, self.made = {}, {}, {}  # by name; and names, by what it is and by the text that makes it
        self.shaped, self.narrow = {}, {}  # what a name is another shape of, with that one's shape, and what it is a repetition of
        self.fresh, self.seen = {}, set()  # shape and dtype of arrays of their own; what is read by what may give a view of it

    def constant(self, value):
        """The name of something that is known."""
        if value.__class__ is not np.ndarray:
            key = repr(value)
        else:
            key = (value.dtype, value.shape, value.tobytes()) if value.size <= SMALL else id(value)
        name = self.constants.setdefault(key, f"c{len(self.known)}")
        self.known.setdefault(name, value)
        return name

    def read(self, closed, names, wanted):
        """Write down what a jaxpr does with ``names``: the names of its results; ``None`` if it is not known here."""

        def name(v):
            return self.constant(np.asarray(v.val, v.aval.dtype)) if isinstance(v, jex.Literal) else found[v]

        found = dict(zip(closed.jaxpr.invars, names, strict=True))
        found.update((v, self.constant(np.asarray(c))) for v, c in zip(closed.jaxpr.constvars, closed.consts, strict=True))
        for eqn, used in _needed(closed.jaxpr, wanted):
            if any(v.aval.dtype not in _DTYPES for v in eqn.outvars):
                return None
            reads, inner = [name(v) for v in eqn.invars], _inner(eqn)
            results = self.step(eqn, reads, used) if inner is None else self.read(inner, reads[len(reads) - len(inner.in_avals) :], used)
            if results is None:
                return None
            found.update(zip(eqn.outvars, results, strict=True))
        return [name(v) if want else None for v, want in zip(closed.jaxpr.outvars, wanted, strict=True)]

    def step(self, eqn, reads, used):
        """Write down what an equation does."""
        code = _known(eqn, used)
        if code is None:
            return None
        self.equations += code.equations
        form, before, after = code.fn, [v.aval.shape for v in eqn.invars], [v.aval.shape for v in eqn.outvars]
        kind = form[0] if form.__class__ is tuple else form.__class__
        own = kind is np.ufunc or (kind.__class__ is str and kind[0] != "{" and kind is not REPEATED)  # NumPy's functions give new arrays
        if not own:
            self.seen.update(reads)
        if kind is list:
            return [self.line(f, reads, code._replace(numpy=code.numpy / len(form))) for f in form]
        if kind is RESHAPED:
            return [self.reshape(reads[0], before[0], after[0], code)]
        if kind is REPEATED:
            return [self.repeat(reads[0], before[0], *form[1:], code)]
        if eqn.primitive.multiple_results:
            return self.add(form, reads, code, len(after))
        if kind is np.ufunc and any(r not in self.narrow and shape == after[0] for r, shape in zip(reads, before, strict=True)):
            reads = [self.narrow.get(r, r) for r in reads]  # NumPy repeats them itself
        name = self.line(form, reads, code)
        if own and after[0]:
            self.fresh[name] = after[0], eqn.outvars[0].aval.dtype
        return [name]

    def line(self, form, reads, code):
        """Write down one thing, if it is not there yet, or do it, if it depends on no argument: its name."""
        text = self.text(form, reads)
        name = text if text in reads or text in self.known else self.made.get(text)
        if name is None and self.known.keys() >= set(reads):
            value = np.asarray(eval(_compiled(text, "eval"), {"__builtins__": NUMPY}, self.known))
            if value.size <= SMALL or value.base is not None:
                name = self.constant(value)
        if name is None:
            (name,) = self.add(form, reads, code)
        self.made[text] = name
        return name

    def reshape(self, name, before, after, code):
        name, before = self.shaped.get(name, (name, before))
        if before == after:
            return name
        new = self.line((RESHAPED, after), [name], code)
        self.shaped[new] = name, before
        return new

    def repeat(self, name, before, sizes, shape, code):
        if math.prod(sizes) == math.prod(shape):
            return self.reshape(name, before, shape, code)
        narrow = self.reshape(name, before, sizes, code)
        wide = self.line(repeated(shape), [narrow], code)
        self.narrow[wide] = narrow
        return wide

    def text(self, form, reads):
        """What computes a form."""
        if form.__class__ is tuple:
            return form[0].format(*reads, *map(self.constant, form[1:]))
        return f"{form.__name__ if form.__class__ is np.ufunc else self.constant(form)}({', '.join(reads)})"

    def add(self, form, reads, code, several=None):
        """Add a line: the names of what it makes, one or ``several``."""
        names = [f"v{i}" for i in range(self.size, self.size + (several or 1))]
        self.size += len(names)
        left = names[0] if several is None else f"[{', '.join(names)}]"
        self.lines.append(_Line(left, names, self.text(form, reads), reads, code, form.__class__ is np.ufunc))
        return names

    def right(self, line, done):
        """The text of a line; what it makes goes where something was that is done with: memory that is in the cache."""
        made = self.fresh.get(line.left) if line.takes_room else None
        room = [n for n in done if made is not None and self.fresh.get(n) == made and n not in self.seen]
        return f"{line.text[:-1]}, out={room[0]})" if room else line.text

    def code(self, results, shapes):
        """The function, of the lines that its results depend on. NumPy gives numbers where JAX has arrays of no axes."""
        live, text, costs = {*results, *self.arguments, *self.known}, [], []
        for line in reversed(self.lines):
            if not live.isdisjoint(line.names):
                done = sorted(set(line.reads) - live)
                text.append(f"    {line.left} = {self.right(line, done)}{'; del ' * bool(done)}{', '.join(done)}")
                costs.append(line.code)
                live.update(done)
        last = ", ".join([f"{r}" if shape or r is None else f"asarray({r})" for r, shape in zip(results, shapes, strict=True)])
        code = _compiled("\n".join([f"def kernel({', '.join(self.arguments)}):", *text[::-1], f"    return [{last}]"]))
        fn = types.FunctionType(code, {"__builtins__": NUMPY, **{n: self.known[n] for n in code.co_names if n in self.known}})
        return Code(fn, all(c.exact for c in costs), sum(c.numpy for c in costs), sum(c.xla for c in costs), self.equations)


@functools.lru_cache(1 << 9)  # kernels that differ in sizes only are of the same text
def _compiled(text, mode="exec"):
    code = compile(text, "<kernel by NumPy>", mode)
    return code if mode == "eval" else next(c for c in code.co_consts if isinstance(c, types.CodeType))


def _inner(eqn):
    """The jaxpr that an equation calls with its last arguments, if it does nothing else."""
    name, params = eqn.primitive.name, eqn.params
    if name == "cond" and (platforms := params.get("branches_platforms")):
        return next(b for b, names in zip(params["branches"], platforms, strict=True) if names is None or "cpu" in names)
    return params.get("call_jaxpr") if name.startswith("custom_") else params["jaxpr"] if name in ("jit", "pjit") else None


def _needed(jaxpr, wanted):
    """The equations that the wanted outputs depend on, with whether each of their results is used."""
    live = {v for v, want in zip(jaxpr.outvars, wanted, strict=True) if want and not isinstance(v, jex.Literal)}
    found = []
    for eqn in reversed(jaxpr.eqns):
        used = [v in live for v in eqn.outvars]
        if any(used):
            live.update(v for v in eqn.invars if not isinstance(v, jex.Literal))
            found.append((eqn, used))
    return found[::-1]


_DTYPES = {np.dtype(kind) for kind in "?bhilqBHILQfd"}


def _known(eqn, used):
    """An equation as :class:`Code`, with a form in place of a function (see ``_primitives.py``)."""
    name = eqn.primitive.name
    if name == "scan":
        return _scan(eqn, used)
    if name == "cond":
        return _branch(eqn)
    entry = PRIMITIVES.get(name)
    if entry is None:
        return None
    make, exact, per_number = entry
    form = make(eqn)
    if form is None:
        return None
    sizes = [math.prod(v.aval.shape) for v in (*eqn.invars, *eqn.outvars)]
    if name == "dot_general":
        (contracted, _), _ = eqn.params["dimension_numbers"]
        work = math.prod(eqn.outvars[0].aval.shape) * math.prod([eqn.invars[0].aval.shape[i] for i in contracted])
        return Code(form, False, work * PRODUCT + 3 * CALL_NUMPY, work * PRODUCT_XLA, 1)
    if callable(exact):
        exact = exact(eqn)
    if per_number == INDEXED:
        number = MOVE if name == "gather" and exact else INDEXED  # rows are moved whole
        return Code(form, exact, sizes[2] * number + sizes[0] * MOVE * (name != "gather") + 8 * CALL_NUMPY, max(sizes) * XLA, 1)
    return Code(form, exact, max(sizes) * per_number + CALL_NUMPY, max(sizes) * XLA, 1)


def _scan(eqn, used):
    p, length = eqn.params, eqn.params["length"]
    # What goes along time has one axis more outside. (How many constants and states there are, releases of JAX say in different ways.)
    n_carry, n_xs = (
        sum(len(a.aval.shape) - len(b.aval.shape) == more for a, b in zip(outer, inner, strict=True))
        for more, outer, inner in ((0, eqn.outvars, p["jaxpr"].jaxpr.outvars), (1, eqn.invars, p["jaxpr"].jaxpr.invars))
    )
    n_consts, wanted = len(eqn.invars) - n_carry - n_xs, used[n_carry:]
    body = code_of(p["jaxpr"], [True] * n_carry + wanted)
    if body is None:
        return None
    outs = [v.aval if want else None for v, want in zip(eqn.outvars[n_carry:], wanted, strict=True)]
    times = range(length)[:: -1 if p["reverse"] else 1]
    fn = body.fn

    def scan(*args):
        consts, carry, xs = args[:n_consts], args[n_consts : n_consts + n_carry], args[n_consts + n_carry :]
        ys = [aval and np.empty(aval.shape, aval.dtype) for aval in outs]
        for t in times:
            results = fn(*consts, *carry, *[x[t] for x in xs])
            carry = results[:n_carry]
            for y, result in zip(ys, results[n_carry:], strict=True):
                if y is not None:
                    y[t] = result
        return [*carry, *ys]

    return Code(scan, body.exact, length * (body.numpy + 4 * CALL_NUMPY), length * (body.xla + 1e-6), body.equations + 5)


def _branch(eqn):
    """One of several codes, by the first argument."""
    codes = [code_of(b) for b in eqn.params["branches"]]
    if None in codes:
        return None
    fns, dearest = [code.fn for code in codes], max(codes, key=lambda code: code.numpy)
    exact, equations = all(code.exact for code in codes), sum(code.equations for code in codes)
    return Code(lambda i, *xs: fns[min(max(int(i), 0), len(fns) - 1)](*xs), exact, dearest.numpy + CALL_NUMPY, dearest.xla, equations)


_replay.without_xla[0] = by_numpy
