"""Formulas are understood that are larger than those that were learnt from."""

import pytest

from tests.examples.watch import done

SCRIPT = "trees/train.py"


@pytest.mark.slow
def test_larger_formulas_are_understood(tmp_path):
    result = done(SCRIPT, "not (1 and (0 or 1))", "(0 implies 0) or not 1", folder=tmp_path)
    assert result.number(r"([\d.]+)% of 200 larger formulas") > 90
    assert "not (1 and (0 or 1)) is False" in result.out
    assert "(0 implies 0) or not 1 is True" in result.out
    assert result.compiled[-2] - result.compiled[len(result.compiled) // 2] <= 2  # a kernel for a rare number of words, no programs
