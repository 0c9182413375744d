"""The idea of chainjax's engine on one page that runs: define by run, compile by replay.

Python runs as it likes (loops, ifs, recursion), and every operation only appends an *entry* to a tape: which function, which
inputs. Its result is a Value, whose shape is known and whose numbers are not there yet. ``backward`` computes nothing either:
for each entry it appends another, "the gradient of that function by ``jax.vjp``". When somebody looks at a number, all
that was recorded becomes *one* function from the arrays that exist to the arrays that are wanted, which ``jax.jit`` compiles. A
training loop records the same structure in each step, so the program is made once and found again by that structure.

The real engine (``chainjax/engine``) adds what this page leaves out: several tiers, donated buffers, host arrays that others
write to, errors with lines, threads, interrupts. Read this first, then ``chainjax/engine/_tape.py`` and ``_replay.py``.
"""

import functools
import weakref

import numpy as np

import jax
import jax.numpy as jnp

tape = []  # what is recorded and not yet computed: [(function, inputs, result), ...]
programs = {}  # structure of a tape -> compiled program


class Value:
    """An array, or the promise of one. ``entry`` is what made it, for ``backward`` to walk through."""

    def __init__(self, shape, dtype, array=None, entry=None):
        self.shape, self.dtype, self.array, self.entry = shape, dtype, array, entry

    def numpy(self):
        """Looking at it: now everything that was recorded must be computed."""
        if self.array is None:
            replay()
        return np.asarray(self.array)


def constant(a):
    """A Value that exists from the start: data, or a parameter."""
    a = jnp.array(a)
    return Value(a.shape, a.dtype, a)


# 1. Recording. ``jax.eval_shape`` tells the shape of a result without computing; wrong shapes raise here, at the user's line.


def call(fn, *inputs):
    """Record ``fn``, a pure function from arrays to an array, at some Values; the result is a Value."""
    shape = jax.eval_shape(fn, *[jax.ShapeDtypeStruct(v.shape, v.dtype) for v in inputs])
    result = Value(shape.shape, shape.dtype, entry=(fn, inputs))
    # The tape must not be what keeps a result alive: one that nobody can look at need not leave the program.
    tape.append((fn, inputs, weakref.ref(result)))
    return result


# 2. Backward. A walk over what was recorded; for each entry it appends the gradients of that entry to the same tape.


@functools.cache  # the same function object each time, so that equal steps have equal structures
def pull(fn, i):
    """The function ``(gradient of the result, inputs of fn) -> gradient of input i``. XLA merges what several of them share."""
    return lambda g, *inputs: jax.vjp(fn, *inputs)[1](g)[i]


def backward(loss, parameters):
    """The gradients of ``loss`` for ``parameters``: Values like all others, with entries of their own, not computed yet."""
    grads = {loss: constant(jnp.ones(loss.shape, loss.dtype))}
    for value in sorted_by_use(loss):
        fn, inputs = value.entry
        for i, x in enumerate(inputs):
            g = call(pull(fn, i), grads[value], *inputs)
            grads[x] = call(jnp.add, grads[x], g) if x in grads else g
    return [grads[p] for p in parameters]


def sorted_by_use(loss):
    """The computed Values below ``loss``, each before those that it was made of. No recursion: graphs can be deep."""
    order, seen, todo = [], set(), [(loss, False)]
    while todo:
        value, finished = todo.pop()
        if finished:
            order.append(value)
        elif value.entry is not None and value not in seen:
            seen.add(value)
            todo.append((value, True))
            todo += [(x, False) for x in value.entry[1]]
    return order[::-1]


# 3. Replay. The tape becomes a program: numbers stand for Values, so that the next step's tape looks the same.


def replay():
    """Compute all that was recorded, by one compiled program."""
    global tape
    recorded, tape = tape, []
    numbers, arguments = {}, []  # the name of each Value in the program; the arrays that exist already
    structure, wanted = [], []
    for fn, inputs, result in recorded:
        for v in inputs:
            if v not in numbers:  # it was not made on this tape: an argument
                numbers[v] = ("argument", len(arguments))
                arguments.append(v.array)
        if (value := result()) is not None:
            numbers[value] = ("result", len(structure))
            wanted.append(value)
        structure.append((fn, tuple([numbers[v] for v in inputs])))
    key = tuple(structure), tuple([numbers[v] for v in wanted])  # jax.jit itself looks at the arguments' shapes
    if key not in programs:
        programs[key] = jax.jit(program(*key))
    for value, array in zip(wanted, programs[key](arguments), strict=True):
        value.array = array


def program(structure, wanted):
    """The pure function that a structure is. Running it under JAX's tracer is how it is compiled."""

    def run(arguments):
        results = []

        def get(name):
            return arguments[name[1]] if name[0] == "argument" else results[name[1]]

        for fn, inputs in structure:
            results.append(fn(*[get(name) for name in inputs]))
        return [get(name) for name in wanted]

    return run
