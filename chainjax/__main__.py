"""``python -m chainjax SCRIPT [ARGS]``: run a Chainer script, unmodified, on JAX."""

import os
import runpy
import sys

from .compat import install

USAGE = """\
usage: python -m chainjax SCRIPT [ARGS ...]

Runs a script written for Chainer, unmodified, on JAX: `import chainer` in it, and in all that it imports, gives chainjax.
SCRIPT sees ARGS as its own arguments and its own folder first on the path of imports, as with `python SCRIPT ARGS ...`.

JAX_PLATFORMS=cpu (or cuda, tpu) before the command chooses what computes; otherwise JAX takes the best that it finds.
CHAINJAX_LAZY=0 computes each call at once, to see which line fails or takes the time."""


def main():
    """Run the script named first as ``__main__``, with the rest as its arguments."""
    if len(sys.argv) < 2:
        sys.exit(USAGE)  # printed to stderr, with status 1
    script = sys.argv[1]
    if script in ("-h", "--help"):
        print(USAGE)
        return
    if script.startswith("-"):
        sys.exit(f"python -m chainjax: expected a script first, got the option {script}; -h tells more")
    if not os.path.isfile(script):
        sys.exit(f"python -m chainjax: there is no file {script}")
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    install()
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
