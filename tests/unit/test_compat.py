"""``import chainer`` after ``chainjax.compat.install()``: names, deep paths, stubs, and what is not there.

Each program runs in a process of its own, as the alias stays for good.
"""

import subprocess
import sys
import textwrap

import numpy as np
import pytest


def run(program):
    code = "import chainjax.compat\nchainjax.compat.install()\n" + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_the_alias_is_the_package():
    done = run("""
        import chainer
        import chainer.functions as F
        import chainer.links
        import numpy as np
        import chainjax
        from chainer import Variable, cuda, optimizers, serializers
        from chainer.backends import cuda as also

        assert chainer.__version__ == "7.8.1"
        assert Variable is chainjax.Variable and F is chainjax.functions and chainer.links is chainjax.links
        assert cuda is also is chainjax.backends.cuda
        assert chainer.config is chainjax.config
        chainer.disable_experimental_feature_warning = True
        assert chainjax.disable_experimental_feature_warning
        assert "Chain" in dir(chainer)

        # one file per function there, families here
        from chainer.functions.activation.relu import ReLU, relu
        from chainer.functions.math import basic_math
        from chainer.links.connection.linear import Linear
        from chainer.optimizers.adam import Adam
        from chainer.initializers.normal import HeNormal
        assert relu is F.relu and Linear is chainer.links.Linear and Adam is optimizers.Adam and basic_math.add is F.add
        assert isinstance(F.relu(np.zeros(1, "f")).creator, ReLU)
        assert chainer.functions.math.exponential.exp is F.exp

        # what only other hardware has
        import chainerx
        from chainer.backends import intel64
        assert not chainerx.is_available()
        assert not intel64.is_ideep_available()
        assert not cuda.cupy.__name__.startswith("cupy.") and not cuda.cudnn_enabled

        # names that NumPy has dropped since
        assert np.float is float and np.product([2, 3]) == 6

        before = list(__import__("sys").meta_path)
        chainjax.compat.install()
        assert before == __import__("sys").meta_path
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("import chainer.no_such_module", "ModuleNotFoundError: No module named 'chainer.no_such_module'"),
        ("from chainer.functions.activation import no_such_file", "ImportError: cannot import name 'no_such_file'"),
        ("import chainer; chainer.functions.no_such_function", "AttributeError: module"),
        ("from chainer import no_such_name", "ImportError: cannot import name 'no_such_name'"),
        ("import chainerx; chainerx.array([1])", "chainerx|ChainerX"),
    ],
)
def test_what_is_not_there_is_an_ordinary_error(line, error):
    done = run(line)
    assert done.returncode == 1
    assert any(part in done.stderr for part in error.split("|")), done.stderr


def test_importing_leaves_the_random_numbers_where_they_are():
    program = (
        "import numpy as np\nnp.random.seed(0)\nimport chainjax.compat\nchainjax.compat.install()\nimport chainer\nprint(np.random.rand())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert float(done.stdout) == np.random.RandomState(0).rand()
