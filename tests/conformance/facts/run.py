"""Run the programs of this folder and write what each prints to FOLDER/NAME.txt.

    PYTHON_WITH_CHAINER run.py golden                 under real Chainer: those of its version, to golden/VERSION/
    python -m chainjax run.py FOLDER NAME...          under chainjax

The golden files were written on NumPy 1.13.3 by Chainer 1.5.1 and 1.24.0, and on NumPy 1.19.5 by Chainer 7.8.1.
"""

import io
import os
import runpy
import sys
import traceback
import warnings

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
OLD = {"notebook_1_5": "1.5.1", "habits_1": "1.24.0", "optimizers_1": "1.24.0"}


def version_of(name):
    """The version of Chainer that a program was written for."""
    return OLD.get(name, "7.8.1")


def names():
    """The programs."""
    files = (os.path.splitext(file) for file in sorted(os.listdir(os.path.join(HERE, "programs"))))
    return [name for name, suffix in files if suffix == ".py"]


def output(name):
    """All that a program prints."""
    stdout, sys.stdout = sys.stdout, io.StringIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # releases warn of different things
            runpy.run_path(os.path.join(HERE, "programs", name + ".py"), run_name="__main__")
    except Exception:
        traceback.print_exc(file=sys.stdout)
    finally:
        text, sys.stdout = sys.stdout.getvalue(), stdout
    return text


if __name__ == "__main__":
    import chainer  # pyrefly: ignore[missing-import]

    np.set_printoptions(linewidth=1 << 16)  # where lines break depends on the release of NumPy
    folder, chosen = sys.argv[1], sys.argv[2:]
    if folder == "golden":
        folder = os.path.join(HERE, "golden", chainer.__version__)
        chosen = chosen or [name for name in names() if version_of(name) == chainer.__version__]
    if not os.path.isdir(folder):
        os.makedirs(folder)
    for name in chosen or names():
        with open(os.path.join(folder, name + ".txt"), "w") as file:
            file.write(output(name))
