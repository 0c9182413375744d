"""``import chainer`` resolves to chainjax."""

import importlib
import importlib.abc
import importlib.util
import sys
import types
import warnings

import numpy as np

from . import _paths


def install():
    """Let ``chainer`` and ``chainerx`` and all their modules be chainjax's, and give NumPy the names back that Chainer code uses.

    What of ``chainer`` was imported before is replaced. Calling it again changes nothing.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    for name in [n for n in sys.modules if n.partition(".")[0] in ("chainer", "chainerx")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder())
    sys.meta_path.append(_OldFiles())
    # Chainer imports all its files, so code reaches them as attributes.
    for path in [*(f"functions.{file}" for file in _paths.function_files()), *_paths.MODULES]:
        if not path.startswith("testing."):
            _import(f"chainer.{path}")
    restore_numpy_names()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of Chainer: the same objects as chainjax's."""

    def find_spec(self, name, path=None, target=None):
        root, _, rest = name.partition(".")
        if root not in ("chainer", "chainerx"):
            return None
        module = _top() if name == "chainer" else _find(root, rest)
        return self.spec_of(name, module)

    def spec_of(self, name, module):
        if module is None:
            return None
        spec = importlib.util.spec_from_loader(name, self, is_package=hasattr(module, "__path__"))
        spec.loader_state = (module, getattr(module, "__spec__", None))
        return spec

    def create_module(self, spec):
        return spec.loader_state[0]

    def exec_module(self, module):
        own = module.__spec__.loader_state[1]
        if own is not None:
            module.__spec__ = own  # the module keeps its own identity


class _OldFiles(_Finder):
    """Finds the files of Chainer that chainjax has not, from the tables of ``_paths``, under chainjax's name.

    That is what ``from chainer.functions.math import basic_math`` asks for, as the package knows itself by that name.
    """

    def find_spec(self, name, path=None, target=None):
        root, _, rest = name.partition(".")
        if root != "chainjax" or rest.startswith("compat"):
            return None
        renamed = _paths.MODULES.get(rest)
        return self.spec_of(name, _import(f"chainjax.{renamed}") if renamed else _paths.synthesise(rest))


class _Chainer(types.ModuleType):
    """The package ``chainer``: what chainjax has, under the version whose names it follows."""

    __version__ = "7.8.1"

    def __getattr__(self, name):
        import chainjax

        return getattr(chainjax, name)

    def __setattr__(self, name, value):
        import chainjax

        # What a program sets (``chainer.disable_experimental_feature_warning``) must be what chainjax sees.
        own = name.startswith("__") or not hasattr(chainjax, name)
        super().__setattr__(name, value) if own else setattr(chainjax, name, value)

    def __dir__(self):
        import chainjax

        return dir(chainjax)

    def __reduce__(self):
        return importlib.import_module, (self.__name__,)  # functions that are pickled refer to it


def _top():
    import chainjax

    module = _Chainer("chainer", chainjax.__doc__)
    module.__path__ = chainjax.__path__
    module.__file__ = chainjax.__file__
    return module


def _find(root, rest):
    if root == "chainerx":
        return _import("chainjax.compat._chainerx" + (f".{rest}" if rest else ""))
    if rest.startswith("compat"):
        return None
    return _import(f"chainjax.{rest}")


def _import(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        if exc.name is not None and name.startswith(exc.name):
            return None
        raise


def restore_numpy_names():
    """Names that NumPy has removed and that code for Chainer uses."""
    removed = {
        "float": float, "int": int, "bool": bool, "object": object, "str": str, "complex": complex, "float_": np.float64,
        "complex_": np.complex128, "Inf": np.inf, "NaN": np.nan, "product": np.prod, "bool8": np.bool_, "asscalar": lambda a: a.item(),
        "alltrue": np.all, "sometrue": np.any, "cumproduct": np.cumprod, "in1d": np.isin, "row_stack": np.vstack,
    }  # fmt: skip
    for name, value in removed.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not hasattr(np, name):
                setattr(np, name, value)
