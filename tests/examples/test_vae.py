"""Digits that the autoencoder has not seen take fewer nats than pixel by pixel."""

import pytest

from tests.examples.watch import done


@pytest.mark.slow
def test_digits_are_compressed(tmp_path):
    run = done("vae/train.py", "--epochs", 40, folder=tmp_path)
    nats, apart = run.number(r"takes ([\d.]+) nats"), run.number(r"most; ([\d.]+) pixel by pixel")
    assert nats < 21  # 18.2 after 100 epochs
    assert 24 < apart < 25.5
    # The bound of one sample is looser than that of a hundred.
    assert nats < float(run.out.splitlines()[4].split()[4])
    assert run.compiled_late() == 0
    assert (tmp_path / "result" / "vae" / "log").exists()
