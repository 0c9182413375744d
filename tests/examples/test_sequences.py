"""The kinds of characters are told by names that were not read."""

import pytest

from tests.examples.watch import done

SCRIPT = "sequences/train.py"


@pytest.mark.slow
def test_kinds_of_unread_names_are_told(tmp_path):
    result = done(SCRIPT, "HEBREW LETTER ALEF", "COMBINING OVERLINE", "--units", 32, "--epochs", 2, folder=tmp_path)
    assert result.number(r"([\d.]+)% of \d+ names") > 60  # a fifth of them by chance
    assert "HEBREW LETTER ALEF: letter" in result.out
    assert "COMBINING OVERLINE: mark" in result.out
    # Lengths are others in each step, so that some kernels are new at times, but no step is a program of its own.
    assert result.compiled_late() < (len(result.compiled) / 3)
