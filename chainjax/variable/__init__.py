"""Variables: arrays with a place in the graph of what was computed.

A :class:`Variable` is what a program holds, a :class:`VariableNode` is its place in the graph. Both point to the contents: a
Value while only programs have seen them, a Cell once NumPy code has (see ``backends/_cell.py``). A node points to them only
if a function retains them for its backward pass, and then follows the variable: backward computes with what the variable
holds when it runs.
"""

from ._contents import add as add
from ._contents import contents_of as contents_of
from ._contents import filled as filled
from ._contents import full as full
from ._contents import get_array_types as get_array_types
from ._contents import get_cpu_array_types as get_cpu_array_types
from ._contents import is_arrays_compatible as is_arrays_compatible
from ._contents import on_jax as on_jax
from ._contents import send_contents as send_contents
from ._contents import send_to_place as send_to_place
from ._contents import send_value as send_value
from ._contents import use as use
from ._node import VariableNode as VariableNode
from ._parameter import Parameter as Parameter
from ._text import stack_of as stack_of
from ._text import variable_repr as variable_repr
from ._text import variable_str as variable_str
from ._variables import Variable as Variable
from ._variables import _variable as _variable
from ._variables import as_array as as_array
from ._variables import as_variable as as_variable
from ._variables import check_grad_type as check_grad_type
