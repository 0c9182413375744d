"""What a module of flax is to a link: arrays by path, and a pure function of them. One class for each of flax's two interfaces."""

import inspect

import numpy as np

import jax

from ...utils._promotion import relaxed

#: Arguments by which linen's modules are told whether they are in training, and what they get then.
_IN_TRAINING = {"train": True, "training": True, "is_training": True, "deterministic": False, "use_running_average": False}


def import_flax():
    """The package, which is an extra."""
    try:
        import flax.linen
        import flax.nnx
        import flax.traverse_util
    except ImportError as exc:
        raise ImportError("FlaxLink needs a package: pip install 'chainjax[flax]'") from exc
    return flax


class _Module:
    """What both are. ``outputs`` is what was found out in traces: the structure of outputs and which states there are, by call."""

    def __init__(self, module):
        self.module, self.outputs = module, {}

    def __getstate__(self):
        return {**self.__dict__, "outputs": {}}


class Linen(_Module):
    """A ``flax.linen.Module``: its variables are given to it."""

    def __init__(self, module):
        super().__init__(module)
        self.switches = [name for name in inspect.signature(type(module).__call__).parameters if name in _IN_TRAINING]

    def start(self, args, kwargs):
        """The arrays of parameters and of other collections, each by path."""
        flax = import_flax()
        key = jax.random.key(np.random.randint(1 << 31))
        with relaxed():
            variables = flax.linen.unbox(self.module.init(key, *args, **self._switched(kwargs, False)))
        self.collections = {}
        params, states = {}, {}
        for collection, tree in variables.items():
            for path, array in flax.traverse_util.flatten_dict(tree).items():
                (params if collection == "params" else states)[path] = array
                self.collections[path] = collection
        return params, states

    def draw(self, train):
        """A key from ``numpy.random``, for what is random in training."""
        return np.random.randint(0, 1 << 32, 2, np.uint32) if train else np.zeros(2, np.uint32)

    def call(self, arrays, key, train, args, kwargs):
        """The outputs and the new states by path, a pure function; ``arrays`` are parameters and states by path."""
        flax = import_flax()
        variables = {}
        for path, array in arrays.items():
            variables.setdefault(self.collections[path], {})[path] = array
        variables = {name: flax.traverse_util.unflatten_dict(flat) for name, flat in variables.items()}
        kept = [name for name in variables if name != "params"]
        # Streams that have no key of their own take the one of "params".
        rngs = {"params": jax.random.wrap_key_data(key)} if train else None
        kwargs = self._switched(kwargs, train)
        if not train or not kept:
            return self.module.apply(variables, *args, rngs=rngs, **kwargs), {}
        y, new = self.module.apply(variables, *args, rngs=rngs, mutable=kept, **kwargs)
        return y, {path: array for name in kept for path, array in flax.traverse_util.flatten_dict(new[name]).items()}

    def _switched(self, kwargs, train):
        return {**{name: _IN_TRAINING[name] == train for name in self.switches}, **kwargs}


class NNX(_Module):
    """A ``flax.nnx.Module``: it has its variables, which are replaced for each call."""

    def start(self, args, kwargs):
        """The arrays of parameters and of other variables, each by path; keys of random numbers as integers."""
        nnx = import_flax().nnx
        self.graph, state = nnx.split(self.module)
        self.module = None  # its arrays are the link's now
        params, states, self.variables, self.keys = {}, {}, {}, set()
        for path, variable in nnx.to_flat_state(state):
            array = variable.get_value()
            if jax.dtypes.issubdtype(array.dtype, jax.dtypes.prng_key):
                self.keys.add(path)
                array = jax.random.key_data(array)
            (params if isinstance(variable, nnx.Param) else states)[path] = array
            self.variables[path] = variable.replace(None)
        return params, states

    def draw(self, train):
        """Nothing: the module has its own keys."""
        return np.zeros(2, np.uint32)

    def call(self, arrays, key, train, args, kwargs):
        """The outputs and the new states by path, a pure function; ``arrays`` are parameters and states by path."""
        nnx = import_flax().nnx
        flat = [(path, self.variables[path].replace(jax.random.wrap_key_data(a) if path in self.keys else a)) for path, a in arrays.items()]
        module = nnx.merge(self.graph, nnx.from_flat_state(flat))
        module.train() if train else module.eval()
        y = module(*args, **kwargs)
        new = {}
        for path, variable in nnx.to_flat_state(nnx.state(module)):
            if not isinstance(variable, nnx.Param):
                array = variable.get_value()
                new[path] = jax.random.key_data(array) if path in self.keys else array
        return y, new
