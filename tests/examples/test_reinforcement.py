"""The pole stays up after learning; small programs for each step, and none that is compiled late."""

import pytest

from tests.examples.watch import done


@pytest.mark.slow
def test_the_pole_stays_up(tmp_path):
    run = done("reinforcement/train.py", folder=tmp_path)
    assert run.number(r"stays up for (\d+) steps") > 100  # 139 to 184 with three seeds
    assert run.number(r"at first it was (\d+)\.") < 60
    assert run.compiled_late() == 0
    assert (tmp_path / "result" / "reinforcement" / "log").exists()
