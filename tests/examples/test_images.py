"""Letters are read in fonts that were not trained on."""

import pytest

from tests.examples.watch import done

SCRIPT = "images/train.py"


@pytest.mark.slow
def test_letters_of_unseen_fonts_are_read(tmp_path):
    result = done(SCRIPT, "--epochs", 14, folder=tmp_path)
    assert result.number(r"([\d.]+)% of 416 letters") > 75  # about 84 in this time; 70 without augmentation
    assert len(result.compiled) == 14 * 13
    assert result.compiled_late() == 0


@pytest.mark.slow
def test_processes_turn_and_move(tmp_path):
    result = done(SCRIPT, "--epochs", 2, "--processes", 1, folder=tmp_path)
    assert len(result.compiled) == 2 * 13
