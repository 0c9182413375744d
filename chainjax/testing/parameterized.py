"""Test classes over many parameters."""

import itertools
import types

import numpy as np

from . import _bundle

_LONGEST_VALUE, _LONGEST_NAME = 100, 5000


def parameterize(*params):
    """Class decorator: one class for each dict of ``params``, with its items as attributes.

    >>> @parameterize({"n": 1}, {"n": 2})
    ... class TestN:
    ...     def test_positive(self):
    ...         assert self.n > 0
    >>> [c.__name__ for c in TestN.classes]
    ['TestN_param_0_{n=1}', 'TestN_param_1_{n=2}']
    """
    return _bundle.decorator(lambda base: [_case(base, i, param) for i, param in enumerate(params)])


def _case(base, i, param):
    shown = _shorten(", ".join(f"{k}={_shorten(_text(v), _LONGEST_VALUE)}" for k, v in sorted(param.items())), _LONGEST_NAME)
    # A plain function would become a method.
    members = {k: staticmethod(v) if isinstance(v, types.FunctionType) else v for k, v in param.items()}
    members["__str__"] = lambda self: f"{base.__str__(self)}  parameter: {param}"
    return f"{base.__name__}_param_{i}_{{{shown}}}", members


def _text(value):
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else repr(value)


def _shorten(text, most):
    if len(text) <= most:
        return text
    head = (most - 3) // 2
    return f"{text[:head]}...{text[len(text) - (most - 3 - head) :]}"


def from_pytest_parameterize(names, values):
    """Dicts of parameters from the arguments of ``pytest.mark.parametrize``.

    >>> from_pytest_parameterize("a,b", [(1, 2), (3, 4)])
    [{'a': 1, 'b': 2}, {'a': 3, 'b': 4}]
    """
    names = names.split(",")
    if len(names) == 1:
        return [{names[0]: v} for v in values]
    return [dict(zip(names, v, strict=True)) for v in values]


def parameterize_pytest(names, values):
    """:func:`parameterize` with the arguments of ``pytest.mark.parametrize``."""
    return parameterize(*from_pytest_parameterize(names, values))


def product(parameter):
    """All combinations.

    Args:
        parameter: a dict of names to lists of values (``"a,b"`` to a list of pairs sets two at once), or a list of lists of dicts.

    >>> product({"a": [1, 2], "b": [3]})
    [{'a': 1, 'b': 3}, {'a': 2, 'b': 3}]
    """
    if isinstance(parameter, dict):
        return product_dict(*[from_pytest_parameterize(names, values) for names, values in sorted(parameter.items())])
    if isinstance(parameter, list) and all(isinstance(p, list) and all(isinstance(d, dict) for d in p) for p in parameter):
        return product_dict(*parameter)
    raise TypeError(f"product: expected a dict of lists or a list of lists of dicts, got {type(parameter).__name__}: {parameter!r:.100}")


def product_dict(*parameters):
    """All ways to take one dict of each list, each joined to one dict."""
    return [_joined(dicts) for dicts in itertools.product(*parameters)]


def _joined(dicts):
    return {k: v for d in dicts for k, v in d.items()}


_product_dict_orig = product_dict


def _pairwise_product_dict(*parameters):
    """Few of the combinations, such that any two values of two lists meet in one of them."""
    if len(parameters) <= 2:
        return _product_dict_orig(*parameters)
    parameters = [list(p) for p in parameters]
    places = list(itertools.product(*[range(len(p)) for p in parameters]))
    np.random.RandomState(0).shuffle(places)
    met, kept = set(), []
    for place in places:
        pairs = set(itertools.combinations(enumerate(place), 2))
        if not pairs <= met:
            met |= pairs
            kept.append(place)
    return [_joined(p[i] for p, i in zip(parameters, place, strict=True)) for place in sorted(kept)]
