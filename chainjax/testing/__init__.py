"""What Chainer code tests itself with: checks of functions and links, tests over many parameters, tolerances.

>>> class Cube(FunctionTestCase):
...     def generate_inputs(self):
...         return (np.random.uniform(-1, 1, (2, 3)).astype(np.float32),)
...     def forward(self, inputs, device):
...         return (inputs[0] ** 3,)
...     def forward_expected(self, inputs):
...         return (inputs[0] ** 3,)
>>> Cube("test_double_backward").run_test_double_backward(BackendConfig({}))
"""

from . import attr as attr
from . import condition as condition
from ._distribution import distribution_unittest as distribution_unittest
from ._unary import unary_math_function_unittest as unary_math_function_unittest
from .array import assert_allclose as assert_allclose
from .backend import BackendConfig as BackendConfig
from .backend import inject_backend_tests as inject_backend_tests
from .function_link import (
    FunctionTestCase as FunctionTestCase,
)
from .function_link import (
    FunctionTestError as FunctionTestError,
)
from .function_link import (
    InitializerArgument as InitializerArgument,
)
from .function_link import (
    LinkInitializersTestCase as LinkInitializersTestCase,
)
from .function_link import (
    LinkTestCase as LinkTestCase,
)
from .function_link import (
    LinkTestError as LinkTestError,
)
from .helper import (
    assert_warns as assert_warns,
)
from .helper import (
    patch as patch,
)
from .helper import (
    run_module as run_module,
)
from .helper import (
    with_requires as with_requires,
)
from .helper import (
    without_requires as without_requires,
)
from .matrix import generate_matrix as generate_matrix
from .parameterized import (
    from_pytest_parameterize as from_pytest_parameterize,
)
from .parameterized import (
    parameterize as parameterize,
)
from .parameterized import (
    parameterize_pytest as parameterize_pytest,
)
from .parameterized import (
    product as product,
)
from .parameterized import (
    product_dict as product_dict,
)
from .random import fix_random as fix_random
from .random import generate_seed as generate_seed
from .serializer import save_and_load as save_and_load
from .serializer import save_and_load_hdf5 as save_and_load_hdf5
from .serializer import save_and_load_npz as save_and_load_npz
from .training import get_trainer_with_mock_updater as get_trainer_with_mock_updater
