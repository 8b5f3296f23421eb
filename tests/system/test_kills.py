"""Promises 2 and 6: whatever kill -9 interrupts, nothing is lost, told twice or changed (tests/kills.py)."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

KILLS, LIMIT_S = 60, 120


@pytest.mark.slow
def test_killed_at_random_moments(build):
    seed = ["--seed", os.environ["SEED"]] if "SEED" in os.environ else []
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests/kills.py"), "--build", build, "--kills", str(KILLS),
                           *seed], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
                          check=False)
    print(done.stdout)
    assert done.returncode == 0
    assert f"{KILLS} kills" in done.stdout and ": 0 lost, 0 doubled, 0 changed" in done.stdout
