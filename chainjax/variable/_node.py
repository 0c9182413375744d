"""The place of a variable in the graph."""

import weakref

from ..backends._cell import Cell
from ..engine import Value
from ..utils.argument import check_unexpected_kwargs, parse_kwargs
from ._contents import contents_of


class VariableNode:
    """The place of a variable in the graph. It does not keep the variable alive, nor its array unless that is retained.

    Attributes:
        name: the name of the variable.
        shape, dtype: those of its array.
    """

    name = None
    _aval = None
    _creator_node = None
    _contents = None
    _rank = 0
    _requires_grad = True
    _layout = None
    _old_style_grad_generator = None
    _is_read_back = False  # whether the backward pass of what made it reads the array, if code has seen that

    def __init__(self, variable, name, **kwargs):
        if kwargs:
            check_unexpected_kwargs(kwargs, grad="VariableNode takes no grad; give it to the Variable")
            parse_kwargs(kwargs)
        self._variable = weakref.ref(variable)
        self.name = name
        self._requires_grad, self._layout = variable.requires_grad, variable.layout
        if variable._contents is not None:
            self._aval = variable._contents.aval

    @property
    def shape(self):
        return None if self._aval is None else self._aval.shape

    @property
    def dtype(self):
        return None if self._aval is None else self._aval.dtype

    @property
    def creator(self):
        """What made this variable: the ``Function`` of an old-style function, else the ``FunctionNode``; ``None`` for a leaf."""
        node = self._creator_node
        return getattr(node, "function", node)

    @creator.setter
    def creator(self, func):
        self.creator_node = func

    @property
    def creator_node(self):
        """The ``FunctionNode`` that made this variable."""
        return self._creator_node

    @creator_node.setter
    def creator_node(self, func):
        node = getattr(func, "node", func)
        self._creator_node = node
        if node is not None:
            self._rank = node.rank + 1

    @property
    def data(self):
        """The array, if a function retains it, else ``None``."""
        contents = self._contents
        if contents is None and self._is_read_back:
            contents = self._contents = self._retained_by_its_function()
        if contents is None:
            return None
        if contents.__class__ is Value:
            variable = self._variable()
            if variable is not None and variable._contents is contents:
                return variable._cell().array()
            contents = self._contents = Cell(contents)
        return contents.array()

    def _retained_by_its_function(self):
        """The contents, which Chainer's function keeps for its backward pass; here they are computed again for who asks."""
        variable, creator = self._variable(), self._creator_node
        if variable is not None:
            return variable._contents
        return None if creator is None else creator.output_again()

    @data.setter
    def data(self, array):
        self._contents = contents_of(array)
        self._aval = None if array is None else self._contents.aval

    @property
    def grad(self):
        """The gradient array of the variable, ``None`` if that is gone."""
        variable = self._variable()
        return None if variable is None else variable.grad

    @property
    def grad_var(self):
        """The gradient variable of the variable, ``None`` if that is gone."""
        variable = self._variable()
        return None if variable is None else variable.grad_var

    @property
    def label(self):
        """Shape and dtype, for drawing."""
        if self.shape == ():
            return str(self.dtype)
        return f"({', '.join(map(str, self.shape))}), {self.dtype}"

    @property
    def rank(self):
        return self._rank

    @property
    def requires_grad(self):
        return self._requires_grad

    def get_variable(self):
        """The variable, made anew from the node if it is gone."""
        variable = self._variable()
        if variable is None:
            from ._variables import Variable  # which is built on this

            variable = object.__new__(Variable)
            variable._contents, variable._node = self._contents, self
            if not self._requires_grad:
                variable._requires_grad = False
        return variable

    def get_variable_or_none(self):
        """The variable, ``None`` if it is gone."""
        return self._variable()

    def set_creator(self, creator):
        """Say what made this variable."""
        self.creator = creator

    def set_creator_node(self, creator_node):
        """Say which node made this variable."""
        self.creator_node = creator_node

    def unchain(self):
        """Forget what made this variable."""
        self.creator_node = None

    def retain_data(self):
        """Keep the contents of the variable for a backward pass."""
        variable = self._variable()
        if variable is None:
            raise RuntimeError("cannot retain the data of a variable that has been released")
        self._contents = variable._contents

    def _check_old_style_gradient(self):
        if self._old_style_grad_generator is not None:
            raise RuntimeError(
                f'cannot twice-differentiate the old-style Function "{self._old_style_grad_generator}": write it as a FunctionNode'
            )
