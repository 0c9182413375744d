"""``python -m chainjax SCRIPT [ARGS]``: run a Chainer script, unmodified, on JAX."""

import os
import runpy
import sys

from .compat import install


def main():
    """Run the script named first as ``__main__``, with the rest as its arguments."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: python -m chainjax SCRIPT [ARGS]\n\nRuns a script written for Chainer, unmodified, on JAX.")
        sys.exit(0 if len(sys.argv) > 1 else 2)
    script = sys.argv[1]
    if not os.path.exists(script):
        sys.exit(f"python -m chainjax: there is no file {script}")
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    install()
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
