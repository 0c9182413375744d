"""Drawings of graphs."""

import numpy as np
import pytest

from chainjax import Variable
from chainjax.computational_graph import build_computational_graph as build


@pytest.fixture
def y():
    x = Variable(np.zeros((2, 3), "f"), name="x")
    return x * x + 1


def test_nodes_and_edges(y):
    graph = build([y])
    assert (len(graph.nodes), len(graph.edges)) == (5, 4)
    text = graph.dump()
    assert text.startswith("digraph graphname{rankdir=TB;")
    for label in ("x: (2, 3), float32", "_ * _", "_ + 1"):
        assert f'label="{label}"' in text
    assert text.count("->") == 4


def test_styles_and_names(y):
    text = build([y], variable_style={"color": "red"}, function_style=None, rankdir="LR", show_name=False).dump()
    assert 'color="red"' in text
    assert "rankdir=LR" in text
    assert "x: " not in text


def test_functions_alone(y):
    graph = build([y], remove_variable=True)
    assert graph.dump().count("->") == 1
    assert "float32" not in graph.dump()


def test_several_outputs_share_their_past():
    x = Variable(np.array(1, "f"))
    y = x * 2
    graph = build([y + 1, y * 3])
    assert sum(node.label == "_ * 2" for node in graph.nodes) == 1


def test_refuses(y):
    with pytest.raises(ValueError, match="rankdir"):
        build([y], rankdir="XX")
    with pytest.raises(ValueError, match="not supported"):
        build([y], remove_split=False)
    with pytest.raises(NotImplementedError, match="dot"):
        build([y]).dump("png")
    with pytest.raises(TypeError, match="expected outputs"):
        build([3])
