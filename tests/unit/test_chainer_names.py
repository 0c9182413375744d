"""Names of Chainer that need little or nothing behind them here."""

import importlib
import io

import numpy as np
import pytest

import chainjax as chainer


def test_static_graph_leaves_functions_as_they_are():
    @chainer.static_graph
    def plain(x):
        return x + 1

    @chainer.static_graph(verbosity_level=2, minimize_cache_size=False)
    def options(x):
        return plain(x) + 1

    @chainer.static_code
    def code(x):
        return options(x) + 1

    assert code(0) == 3


def test_runtime_info_names_versions():
    out = io.StringIO()
    chainer.print_runtime_info(out)
    assert f"NumPy: {np.__version__}\n" in out.getvalue()
    assert f"chainjax: {chainer.__version__} " in out.getvalue()


@pytest.mark.parametrize("number", [-1, True, "0", None])
def test_a_gpu_has_a_number(number):
    with pytest.raises(ValueError, match="number of a GPU"):
        chainer.backend.GpuDevice.from_device_id(number)


def test_device_specs_by_keyword():
    assert chainer.get_device(device_spec="@numpy") == chainer.get_device(-1)
    device = chainer.get_device(device_spec="@jax:cpu:0")
    assert device.name == "@jax:cpu:0"
    with chainer.using_device(device_spec="@jax:cpu:0"):
        assert device.xp.zeros(1).device == device.device


def test_grad_is_where_nodes_are():
    assert chainer.function_node.grad is chainer.grad


def test_settings_made_anew_are_apart_from_those_of_the_process():
    other = chainer.configuration.GlobalConfig()
    assert (other.train, other.dtype) == (True, np.float32)
    other.enable_backprop = other.train = False
    assert chainer.config.train
    assert (chainer.Variable(np.zeros(1, "f")) * 2).creator is not None
    assert chainer.configuration.GlobalConfig.train


def test_types_and_warnings_are_modules():
    assert isinstance(np.zeros(1), importlib.import_module("chainjax.types").NdArray)
    assert issubclass(importlib.import_module("chainjax.warnings").PerformanceWarning, RuntimeWarning)
