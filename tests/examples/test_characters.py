"""Letters are foreseen in a text that was not read."""

import pytest

from tests.examples.watch import done

SCRIPT = "characters/train.py"


@pytest.mark.slow
def test_the_manual_of_python_is_learnt(tmp_path):
    result = done(SCRIPT, "--units", 96, "--begin", "The statement", folder=tmp_path)
    # About 2.2; guessing by how often each letter comes takes 4.4 bits.
    assert result.number(r"([\d.]+) bits for a letter of text that it has not read") < 2.7
    assert "\nThe statement" in result.out
    assert result.compiled_late() == 0


def test_another_text_can_be_learnt(tmp_path):
    (tmp_path / "text").write_text("so it goes, " * 2000)
    result = done(SCRIPT, "--text", "text", "--begin", "so", "--epochs", 2, "--units", 8, folder=tmp_path)
    assert len(result.compiled) == 2 * (24_000 * 9 // 10 // 1024)
    assert "\nso" in result.out
