"""The example as a user runs it, in small."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "digits" / "train.py"


def run(*args):
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, args)], capture_output=True, text=True, timeout=300)


def done(*args):
    result = run(*args)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize("model", ["mlp", "conv"])
def test_a_small_run_leaves_its_files_and_can_be_resumed(tmp_path, model):
    out = tmp_path / "stopped"
    text = done("--tiny", "--model", model, "--epochs", 1, "--out", out)
    assert "% of 299 digits" in text.splitlines()[0]
    assert text.splitlines()[-1].startswith(f"{out}: loss.png")
    assert {p.name for p in out.iterdir()} == {"loss.png", "model.h5", "optimizer.h5", "log.json"}
    assert (out / "loss.png").read_bytes()[1:4] == b"PNG"
    done("--tiny", "--model", model, "--epochs", 2, "--out", out, "--resume")
    whole = tmp_path / "whole"
    done("--tiny", "--model", model, "--epochs", 2, "--out", whole)
    resumed, at_once = [json.loads((folder / "log.json").read_text()) for folder in (out, whole)]
    # Not bit for bit: how often an entry came decides whether it is computed alone or fused, which rounds differently.
    np.testing.assert_allclose(resumed, at_once, rtol=1e-5)


def test_resuming_nothing_is_an_error(tmp_path):
    result = run("--resume", "--out", tmp_path / "empty")
    assert result.returncode == 2
    assert "holds no training to go on with" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mlp", "conv"])
def test_digits_are_learnt(tmp_path, model):
    text = done("--model", model, "--out", tmp_path)
    assert float(text.partition("%")[0]) > 97
