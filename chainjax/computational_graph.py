"""Drawing graphs of what was computed, in the language of Graphviz."""

import heapq

from .function_node import FunctionNode
from .variable import Variable, VariableNode

_VARIABLE_STYLE = {"shape": "octagon", "fillcolor": "#E0E0E0", "style": "filled"}
_FUNCTION_STYLE = {"shape": "record", "fillcolor": "#6495ED", "style": "filled"}


class DotNode:
    """A node of a drawing: a variable or a function.

    Args:
        node: a ``VariableNode`` or ``FunctionNode``.
        attribute: attributes of Graphviz.
        show_name: put the name of a variable before its shape.
    """

    def __init__(self, node, attribute=None, show_name=True):
        self.node, self.id_ = node, id(node)
        is_variable = isinstance(node, VariableNode)
        named = is_variable and show_name and node.name is not None
        label = f"{node.name}: {node.label}" if named else node.label
        self.attribute = {"label": label, "shape": "oval" if is_variable else "box", **(attribute or {})}

    @property
    def label(self):
        """The line that declares it."""
        attributes = ",".join(f'{key}="{value}"' for key, value in self.attribute.items())
        return f"{self.id_} [{attributes}];"


class ComputationalGraph:
    """Nodes and edges of a graph, to be drawn.

    Args:
        nodes: variable and function nodes.
        edges: pairs of them.
        variable_style: attributes of Graphviz; ``"default"`` for ours.
        function_style: the same for functions.
        rankdir: the direction of drawing: ``TB``, ``BT``, ``LR`` or ``RL``.
        remove_variable: draw functions only.
        show_name: show the names of variables.
    """

    def __init__(
        self, nodes, edges, variable_style="default", function_style="default", rankdir="TB", remove_variable=False, show_name=True
    ):
        if rankdir not in ("TB", "BT", "LR", "RL"):
            raise ValueError(f"expected rankdir to be TB, BT, LR or RL, got {rankdir!r}")
        self.nodes, self.edges = nodes, edges
        self.variable_style = dict(_VARIABLE_STYLE) if variable_style == "default" else variable_style or {}
        self.function_style = dict(_FUNCTION_STYLE) if function_style == "default" else function_style or {}
        self.rankdir, self.remove_variable, self.show_name = rankdir, remove_variable, show_name

    def dump(self, format="dot"):
        """The text of the drawing."""
        if format != "dot":
            raise NotImplementedError(f"expected format 'dot', the only one, got {format!r}")
        return self._to_dot()

    def _to_dot(self):
        edges = _between_functions(self.nodes, self.edges) if self.remove_variable else self.edges
        shown = [n for n in self.nodes if not (self.remove_variable and isinstance(n, VariableNode))]
        lines = [self._drawn(node).label for node in shown]
        for head, tail in edges:
            if not self.remove_variable and isinstance(head, VariableNode) == isinstance(tail, VariableNode):
                raise TypeError("expected edges between variables and functions")
        lines += dict.fromkeys(f"{id(head)} -> {id(tail)};" for head, tail in edges)
        return f"digraph graphname{{rankdir={self.rankdir};{''.join(lines)}}}"

    def _drawn(self, node):
        if not isinstance(node, (VariableNode, FunctionNode)):
            raise TypeError(f"expected variable and function nodes, got {type(node).__name__}")
        return DotNode(node, self.variable_style if isinstance(node, VariableNode) else self.function_style, self.show_name)


def _between_functions(nodes, edges):
    """Edges from function to function instead of by way of variables."""
    users = {}
    for node in nodes:
        if isinstance(node, FunctionNode):
            for x in node.inputs:
                users.setdefault(x, []).append(node)
    result = []
    for head, tail in edges:
        heads = [head] if isinstance(head, FunctionNode) else [head.creator_node] if head.creator_node is not None else []
        tails = [tail] if isinstance(tail, FunctionNode) else users.get(tail, [])[:1]
        result += [(h, t) for h in heads for t in tails]
    return result


def build_computational_graph(
    outputs, remove_split=True, variable_style="default", function_style="default", rankdir="TB", remove_variable=False, show_name=True
):
    """The graph that some outputs were computed by.

    Args:
        outputs: a variable, variable node or function node, or a list of them.
        remove_split: must be true.
        variable_style: see :class:`ComputationalGraph`, as the rest.
        function_style: attributes of functions.
        rankdir: direction of drawing.
        remove_variable: draw functions only.
        show_name: show the names of variables.

    >>> x = chainjax.Variable(np.zeros(2, "f"), name="x")
    >>> "x: (2), float32" in build_computational_graph(x + x).dump()
    True
    """
    if not remove_split:
        raise ValueError("remove_split=False is not supported anymore")
    kinds = (Variable, VariableNode, FunctionNode)
    outputs = [outputs] if isinstance(outputs, kinds) else list(outputs)
    if not all(isinstance(o, kinds) for o in outputs):
        raise TypeError("expected outputs to be Variables, VariableNodes or FunctionNodes")
    waiting, nodes, edges = [], {}, {}

    def add(node):
        heapq.heappush(waiting, (-node.rank, len(nodes) + len(edges), id(node), node))

    for o in outputs:
        node = o.node if isinstance(o, Variable) else o
        nodes[node] = None
        add(node)
    while waiting:
        node = heapq.heappop(waiting)[-1]
        below = node.inputs if isinstance(node, FunctionNode) else [node.creator_node]
        for other in below or ():
            if other is not None and (other, node) not in edges:
                edges[other, node] = nodes[other] = nodes[node] = None
                add(other)
    return ComputationalGraph(list(nodes), list(edges), variable_style, function_style, rankdir, remove_variable, show_name)
