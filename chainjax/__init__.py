"""chainjax: Chainer's define-by-run on JAX.

``import chainjax as chainer`` in existing code, or ``python -m chainjax train.py`` for a script that stays as it is.
"""

from . import (
    _first as _first,
)
from . import (
    backend as backend,
)
from . import (
    computational_graph as computational_graph,
)
from . import (
    config as configuration,
)
from . import (
    dataset as dataset,
)
from . import (
    datasets as datasets,
)
from . import (
    distribution as distribution,
)
from . import (
    distributions as distributions,
)
from . import (
    engine as engine,
)
from . import (
    function as function,
)
from . import (
    function_hook as function_hook,
)
from . import (
    function_hooks as function_hooks,
)
from . import (
    function_node as function_node,
)
from . import (
    functions as functions,
)
from . import (
    graph_optimizations as graph_optimizations,
)
from . import (
    initializer as initializer,
)
from . import (
    initializers as initializers,
)
from . import (
    interop as interop,
)
from . import (
    iterators as iterators,
)
from . import (
    link as link,
)
from . import (
    link_hook as link_hook,
)
from . import (
    link_hooks as link_hooks,
)
from . import (
    links as links,
)
from . import (
    memory_layouts as memory_layouts,
)
from . import (
    optimizer as optimizer,
)
from . import (
    optimizer_hooks as optimizer_hooks,
)
from . import (
    optimizers as optimizers,
)
from . import (
    reporter as reporter,
)
from . import (
    sequential as sequential,
)
from . import (
    serializer as serializer,
)
from . import (
    serializers as serializers,
)
from . import (
    training as training,
)
from . import (
    utils as utils,
)
from . import (
    variable as variable,
)
from ._functional import functional as functional
from ._functional import load_params as load_params
from ._runtime_info import print_runtime_info as print_runtime_info
from ._static_graph import static_code as static_code
from ._static_graph import static_graph as static_graph
from .backend import get_device as get_device
from .backend import ndarray as ndarray
from .backend import using_device as using_device
from .backends import cuda as cuda
from .backends.cuda import should_use_cudnn as should_use_cudnn
from .backends.cuda import should_use_cudnn_tensor_core as should_use_cudnn_tensor_core
from .backprop import backward as backward
from .backprop import grad as grad
from .compat import _habits
from .compat._habits import init_weight as init_weight
from .config import DebugMode as DebugMode
from .config import config as config
from .config import get_compute_mode as get_compute_mode
from .config import get_dtype as get_dtype
from .config import global_config as global_config
from .config import is_debug as is_debug
from .config import mixed16 as mixed16
from .config import set_debug as set_debug
from .config import using_config as using_config
from .device_resident import DeviceResident as DeviceResident
from .differentiable import jax_function as jax_function
from .distribution import Distribution as Distribution
from .distribution import cross_entropy as cross_entropy
from .distribution import kl_divergence as kl_divergence
from .distribution import register_kl as register_kl
from .function import Function as Function
from .function import FunctionAdapter as FunctionAdapter
from .function import force_backprop_mode as force_backprop_mode
from .function import no_backprop_mode as no_backprop_mode
from .function_hook import FunctionHook as FunctionHook
from .function_hook import get_function_hooks as get_function_hooks
from .function_node import Fallback as Fallback
from .function_node import FunctionNode as FunctionNode
from .initializer import Initializer as Initializer
from .link import Chain as Chain
from .link import ChainList as ChainList
from .link import Link as Link
from .link_hook import LinkHook as LinkHook
from .link_hook import get_link_hooks as _get_link_hooks
from .optimizer import GradientMethod as GradientMethod
from .optimizer import Optimizer as Optimizer
from .optimizer import UpdateRule as UpdateRule
from .reporter import DictSummary as DictSummary
from .reporter import Reporter as Reporter
from .reporter import Summary as Summary
from .reporter import get_current_reporter as get_current_reporter
from .reporter import report as report
from .reporter import report_scope as report_scope
from .sequential import Sequential as Sequential
from .serializer import AbstractSerializer as AbstractSerializer
from .serializer import Deserializer as Deserializer
from .serializer import Serializer as Serializer
from .variable import Parameter as Parameter
from .variable import Variable as Variable
from .variable import as_array as as_array
from .variable import as_variable as as_variable
from .variable import get_array_types as get_array_types
from .variable import get_cpu_array_types as get_cpu_array_types
from .variable import is_arrays_compatible as is_arrays_compatible

__version__ = "0.1.0"
disable_experimental_feature_warning = False

_habits.apply()
