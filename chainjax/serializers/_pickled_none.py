"""``None`` in an NPZ file: NumPy writes it as a pickled array of one object. It is told from its opcodes, executing nothing."""

import pickle
import pickletools

import numpy as np

#: How long a pickled ``None`` can be; NumPy's are below 300 bytes.
LONGEST = 1024

#: What is written for ``None``: a protocol and names that all versions of Python and NumPy since 2006 can read.
NONE = pickle.dumps(np.array(None), protocol=2).replace(b"numpy._core.", b"numpy.core.")

_CONSTANTS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE",
    "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "GLOBAL",
}  # fmt: skip
_FIXED = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


def is_none(pickled):
    """Whether bytes are the pickle, of any protocol, of an array without axes that holds ``None``.

    >>> is_none(pickle.dumps(np.array(None)))
    True
    >>> is_none(pickle.dumps(None))
    False
    """
    try:
        outline = _outline(pickled)
    except (ValueError, TypeError, LookupError, AttributeError):  # no pickle, or not one of this kind
        return False
    match outline:
        case (
            "build",
            ("call", "numpy.core.multiarray _reconstruct" | "numpy._core.multiarray _reconstruct", ("numpy ndarray", (0,), _)),
            (1, (), ("build", ("call", "numpy dtype", ("O" | "O4" | "O8", *_)), _), False, [None]),
        ):
            return True
    return False


def _outline(pickled):
    """What a pickle would make: a name for what it imports, tuples ``("call", f, args)`` and ``("build", object, state)``."""
    stack, memo = [], {}

    def above_mark():
        at = len(stack) - 1 - stack[::-1].index(_MARK)
        items = stack[at + 1 :]
        del stack[at:]
        return items

    for opcode, arg, _ in pickletools.genops(pickled):
        name = opcode.name
        if name in _CONSTANTS:
            stack.append(arg)
        elif name in _FIXED:
            stack.append(_FIXED[name])
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[arg] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[arg])
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "TUPLE":
            stack.append(tuple(above_mark()))
        elif name == "LIST":
            stack.append(above_mark())
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "APPEND":
            item = stack.pop()
            stack[-1].append(item)
        elif name == "APPENDS":
            items = above_mark()
            stack[-1].extend(items)
        elif name == "STACK_GLOBAL":
            stack[-2:] = [" ".join(stack[-2:])]
        elif name in ("REDUCE", "BUILD"):
            stack[-2:] = [("call" if name == "REDUCE" else "build", *stack[-2:])]
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"a pickled None has no {name}")
    raise ValueError("the pickle has no end")
