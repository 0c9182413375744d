"""The types of the rows, and the words that describe arguments.

An argument of a case is an ``Array`` (made by ``real``, ``distinct`` or ``whole``), a list or tuple of them, a ``Number`` (traced:
drawn anew for each example), or anything else, which is passed as it is (static options, ``None``).
"""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Array:
    """An array to be drawn. ``dtype`` is that under test unless given; ``grad``: whether a gradient flows to it."""

    shape: tuple
    low: float
    high: float
    kind: str = "real"
    dtype: str | None = None
    grad: bool = True

    def __repr__(self):
        return f"{self.kind}{self.shape}"


def real(*shape, low=-4, high=4, dtype=None, grad=True):
    """Numbers that float16 can hold, from ``low`` to ``high``."""
    return Array(shape, low, high, "real", dtype, grad)


def distinct(*shape, dtype=None):
    """Numbers of which no two are equal or nearly so, in any order: where ties would make a gradient ambiguous."""
    return Array(shape, -2, 2, "distinct", dtype)


def whole(*shape, low=0, high=1, dtype="int32"):
    """Integers from ``low`` to ``high``, both included."""
    return Array(shape, low, high, "whole", dtype, grad=False)


@dataclasses.dataclass(frozen=True)
class Number:
    """A Python float to be drawn, from ``low`` to ``high``."""

    low: float
    high: float

    def __repr__(self):
        return "number"


def elementwise(low=-4, high=4, **options):
    """The cases of a function of one array that treats each element alike: a matrix, a scalar, nothing."""
    return [{"x": real(*shape, low=low, high=high), **options} for shape in ((3, 2), (), (0, 3))]


class Bad:
    """Arguments that must not be accepted, those not named as in the first case: the error, and what its message says.

    ``late``: found by looking at the numbers, when the entry is recorded already. Its outputs are dead then.
    """

    def __init__(self, message, error, late=False, **arguments):
        self.message, self.error, self.late, self.arguments = message, error, late, arguments


@dataclasses.dataclass(frozen=True)
class Spec:
    """A function.

    Attributes:
        name: of the function in ``chainjax.functions``.
        ref: the same in NumPy, in float64: an own derivation. It takes the arguments of the cases, by position or by name.
        cases: dictionaries of arguments; a name with ``*`` is a list to be spread. The first case gets all laws in all dtypes, the
            others forward and gradient in float64.
        kinks: of the arguments, an array that is 0 where the slope jumps: no gradient is compared there.
        dtypes: what it computes in.
        result: the dtype of the result where it is not that of the first array; a tuple of them where several results differ.
        orders: how often it can be differentiated, as far as is tested.
        extremes: why it is not checked at the largest numbers, and for infinite gradients at zero, if it is not.
        zero: why gradients at zero are not checked, if they are not.
        widen: dtype -> relative and absolute tolerance, where the table's is too narrow; ``because``: why.
        errors: what it must refuse.
        take: which of several results is looked at, where not all are Variables.
        call: the function itself, where it is not ``getattr(chainjax.functions, name)``.
        oracle: number of a case -> why real Chainer does not say what is right there.
        numpy: whether it takes NumPy arrays without any Variable.
    """

    name: str
    ref: Callable
    cases: list
    kinks: Callable | None = None
    dtypes: tuple = ("float64", "float32", "float16")
    result: str | tuple | None = None
    orders: int = 2
    extremes: str | None = None
    zero: str | None = None
    widen: dict = dataclasses.field(default_factory=dict)
    because: str = ""
    errors: list = dataclasses.field(default_factory=list)
    take: int | None = None
    call: Callable | None = None
    oracle: dict = dataclasses.field(default_factory=dict)
    numpy: bool = True

    def __post_init__(self):
        if bool(self.widen) != bool(self.because):
            raise ValueError(f"{self.name}: a wider tolerance and its reason come together")

    def __repr__(self):
        return self.name


@dataclasses.dataclass(frozen=True)
class LinkSpec:
    """A link.

    Attributes:
        name: of the class in ``chainjax.links``.
        args: a function of the package (``chainjax`` or ``chainer``) that gives the arguments of the constructor.
        inputs: the arguments of a call: ``Array``s, lists and tuples of them, or anything else, which is passed as it is.
        params: path -> shape, all of them.
        late: as ``args``, for a link that learns its shapes at the first call and is then the same; ``None`` if it cannot.
        persistent: path -> shape or ``None`` (a number) of what is saved beside parameters.
        documented: path -> shape of the parameters that the docstring names, where children have their own.
        reset: what is called on it before it is used anew.
        hook: a function of the package that gives a hook to add to it.
        calls: how often it is called with these inputs, where it keeps a state.
        drawn: whether its parameters are drawn anew once it is made, as nothing can be seen with those that it starts from.
        label: what tells rows of one name apart.
    """

    name: str
    args: Callable
    inputs: list
    params: dict
    late: Callable | None = None
    persistent: dict = dataclasses.field(default_factory=dict)
    documented: dict | None = None
    reset: str | None = None
    hook: Callable | None = None
    calls: int = 1
    drawn: bool = False
    label: str = ""

    def __repr__(self):
        return f"{self.name}-{self.label}" if self.label else self.name


class BadDistribution:
    """Arguments of a constructor that must not be accepted: the error, and what its message says."""

    def __init__(self, message, error, *args, **kwargs):
        self.message, self.error, self.args, self.kwargs = message, error, args, kwargs


@dataclasses.dataclass(frozen=True)
class DistributionSpec:
    """A distribution with some parameters.

    Attributes:
        name: of the class in ``chainjax.distributions``.
        params: name -> what makes the parameters of a batch from a ``numpy.random.Generator``.
        scipy: what gives SciPy's distribution for the parameters of one member of the batch.
        make: what makes the distribution from the package and the parameters, if not the class by their names.
        batch: the shape of the batch, if not that of all rows.
        pathwise: the parameters that gradients flow to through draws; ``None``: all.
        points: what makes points of one draw, where those drawn will not do: SciPy refuses them, or slopes are too steep there.
        outside: numbers at which the density is 0.
        undefined: what is not compared with SciPy.
        flat: parameters, or ``"x"``, that no gradient of ``log_prob`` flows to.
        beyond: what real Chainer cannot be asked on NumPy 2.
        errors: what the constructor must refuse.
        label: what tells rows of one name apart.
    """

    name: str
    params: dict
    scipy: Callable
    make: Callable | None = None
    batch: tuple = (3, 2)
    pathwise: tuple | None = None
    points: Callable | None = None
    outside: tuple = ()
    undefined: tuple = ()
    flat: tuple = ()
    beyond: tuple = ()
    errors: list = dataclasses.field(default_factory=list)
    label: str = ""

    def __repr__(self):
        return f"{self.name}-{self.label}" if self.label else self.name

    def arrays(self, seed=1, dtype="float32"):
        """Parameters, by name."""
        rng = np.random.default_rng(seed)
        return {name: make(rng).astype(dtype) for name, make in self.params.items()}

    def of(self, module, params):
        """The distribution of a package, with these parameters."""
        return self.make(module, **params) if self.make else getattr(module.distributions, self.name)(**params)


@dataclasses.dataclass(frozen=True)
class OptimizerSpec:
    """An optimizer with some hyperparameters.

    Attributes:
        name: of the class in ``chainjax.optimizers``.
        rule: ``(p, g, state, t, **hyperparameters) -> p``, one update in NumPy, in float64; ``state`` starts as an empty dictionary.
        kwargs: hyperparameters that are not the defaults.
        change: a hyperparameter and another value for it, which must take effect without compiling.
        parabola: hyperparameters with which it finds the minimum of a parabola within 100 steps.
    """

    name: str
    rule: Callable
    kwargs: dict
    change: tuple
    parabola: dict

    def __repr__(self):
        options = ",".join(k for k, v in self.kwargs.items() if v is True)
        return self.name + (f"-{options}" if options else "")


@dataclasses.dataclass(frozen=True)
class HookSpec:
    """A hook of optimizers: ``rule(params, grads, t) -> grads`` in NumPy, on lists of arrays. It may draw from ``numpy.random``."""

    name: str
    args: tuple
    rule: Callable

    def __repr__(self):
        return "-".join([self.name, *map(str, self.args)])


@dataclasses.dataclass(frozen=True)
class InitializerSpec:
    """An initializer: its arguments, shapes to fill, and whether its bits depend on the machine's LAPACK."""

    name: str
    kwargs: dict
    shapes: tuple
    lapack: bool = False

    def __repr__(self):
        return self.name + "".join(f"-{k}={v}" for k, v in self.kwargs.items())
