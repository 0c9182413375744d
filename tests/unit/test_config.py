"""Settings: of the process, of a thread, of a block."""

import io
import threading

import numpy as np
import pytest

import chainjax
from chainjax import config, global_config, using_config


def test_a_block_and_what_was_before():
    assert config.train
    with using_config("train", False):
        assert not config.train
        with using_config("train", True):
            assert config.train
        assert not config.train
    assert config.train
    with pytest.raises(ZeroDivisionError), using_config("train", False):
        1 / 0  # noqa: B018
    assert config.train


def test_a_thread_has_its_own():
    seen = []

    def look():
        seen.append((config.train, config.enable_backprop))

    with using_config("train", False), using_config("enable_backprop", False):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [(True, True)]


def test_global_settings_are_defaults():
    global_config.lazy, global_config.new_setting = False, 3
    try:
        assert not config.lazy
        assert chainjax.engine.thread().eager
        assert config.new_setting == 3
        config.new_setting = 4
        assert global_config.new_setting == 3
        del config.new_setting
        assert config.new_setting == 3
    finally:
        global_config.lazy = True
        del global_config.new_setting
    assert not chainjax.engine.thread().eager


def test_unknown_names_are_errors():
    with pytest.raises(AttributeError):
        config.no_such_setting  # noqa: B018  reading is what fails


def test_shown_one_a_line():
    file = io.StringIO()
    with using_config("train", False):
        config.show(file)
    assert "train" in file.getvalue()
    assert [line for line in file.getvalue().splitlines() if line.split() == ["train", "False"]]


def test_dtype():
    assert chainjax.get_dtype() == np.float32
    with using_config("dtype", chainjax.mixed16):
        assert chainjax.get_dtype() == np.float16
        assert chainjax.get_dtype(map_mixed16=np.float32) == np.float32
    assert chainjax.get_dtype("d") == np.float64


def test_debug_mode_names_the_function_that_makes_nan():
    with (
        using_config("debug", True),
        pytest.raises(RuntimeError, match="NaN is detected on forward computation of log"),
        np.errstate(all="ignore"),
    ):
        chainjax.functions.log(np.float32([-1]))


def test_no_backprop_mode_and_force():
    x = chainjax.Variable(np.array(1, "f"))
    with chainjax.no_backprop_mode():
        assert (x * 2).creator is None
        with chainjax.force_backprop_mode():
            assert (x * 2).creator is not None
