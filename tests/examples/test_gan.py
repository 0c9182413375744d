"""What the generator draws is taken for digits, of all kinds."""

import pytest

from tests.examples.watch import done


@pytest.mark.slow
def test_digits_are_drawn(tmp_path):
    run = done("gan/train.py", folder=tmp_path)
    # 85 % and 9.9 in one run. After one epoch a classifier is sure of what is drawn too, but it is always the same digit: 1.5 kinds.
    assert run.number(r"drawn digits: ([\d.]+)%") > 75
    assert 8 < run.number(r"kinds they are: ([\d.]+)\.") <= 10
    assert run.number(r"not trained on: ([\d.]+)%") > 90
    assert run.compiled_late() == 0
    assert (tmp_path / "result" / "gan" / "log").exists()
