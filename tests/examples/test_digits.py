"""The example as a user runs it, in small."""

import json

import numpy as np
import pytest

from tests.examples.watch import done, run

SCRIPT = "digits/train.py"


@pytest.mark.parametrize("model", ["mlp", "conv"])
def test_a_small_run_leaves_its_files_and_can_be_resumed(tmp_path, model):
    options = ["--tiny", "--model", model]
    first = done(SCRIPT, *options, "--epochs", 1, "--out", "stopped", folder=tmp_path)
    *table, result, files = first.out.splitlines()
    assert len(table) == 2  # the names, and one epoch
    assert "% of 299 digits" in result
    assert files.startswith("stopped: loss.png")
    assert {p.name for p in (tmp_path / "stopped").iterdir()} == {"loss.png", "model.npz", "log", "snapshot_iter_3"}
    assert (tmp_path / "stopped/loss.png").read_bytes()[1:4] == b"PNG"
    second = done(SCRIPT, *options, "--epochs", 2, "--out", "stopped", "--resume", folder=tmp_path)
    whole = done(SCRIPT, *options, "--epochs", 2, "--out", "whole", folder=tmp_path)
    assert second.out.splitlines()[-2] == whole.out.splitlines()[-2]
    resumed, at_once = [json.loads((tmp_path / folder / "log").read_text()) for folder in ("stopped", "whole")]
    # Not bit for bit: how often an entry came decides whether it is computed alone or fused, which rounds differently.
    for key in ("main/loss", "validation/main/loss"):
        np.testing.assert_allclose([entry[key] for entry in resumed], [entry[key] for entry in at_once], rtol=1e-5)


def test_resuming_nothing_is_an_error(tmp_path):
    result = run(SCRIPT, "--resume", "--out", "empty", folder=tmp_path)
    assert result.code == 2
    assert "holds no training to go on with" in result.err


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mlp", "conv"])
def test_digits_are_learnt(tmp_path, model):
    result = done(SCRIPT, "--model", model, "--out", tmp_path, folder=tmp_path)
    assert result.number(r"([\d.]+)% of 299 digits") > 97
    assert len(result.compiled) == 899  # iterations
    assert result.compiled_late() == 0
