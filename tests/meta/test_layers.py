"""Imports point one way: each layer knows only those above it in the list."""

import ast
import pathlib

import pytest

import chainjax

ROOT = pathlib.Path(chainjax.__file__).parent

#: From the bottom up: a layer is a set of modules and packages, which may import each other and what stands before them. The
#: longest name counts. ``utils`` is helpers of several layers; ``reporter`` is what links of models report to.
LAYERS = [
    {"_first"},
    {"engine"},
    {"config", "warnings", "memory_layouts"},
    {"utils"},
    {"backends", "backend", "types", "utils.__init__", "utils.sparse"},
    {"initializer", "initializers"},
    {"variable", "function", "function_node", "function_hook", "function_hooks", "backprop", "differentiable", "computational_graph"},
    {"functions"},
    {"device_resident", "utils.walker_alias", "serializer", "reporter"},
    {"link_hook", "link_hooks", "link", "sequential", "links", "interop", "distribution", "distributions"},
    {"optimizer", "optimizers", "optimizer_hooks", "serializers", "_functional", "_together"},
    {"dataset", "datasets", "iterators", "training"},
    {"testing", "gradient_check", "exporters"},
    {"compat", "_runtime_info", "_static_graph", "graph_optimizations", "__init__", "__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def modules():
    return sorted(p for p in ROOT.rglob("*.py") if "__pycache__" not in p.parts)


def layer_of(parts):
    return RANK[next(name for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in RANK)]


def imported(path, top_level_only=True):
    """Pairs of line and module below chainjax, as parts of its name, that a file imports when it is imported itself."""
    here = path.relative_to(ROOT).with_suffix("").parts
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if not top_level_only else _outside_of_functions(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "chainjax":
                    yield node.lineno, tuple(alias.name.split(".")[1:])
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = here[: len(here) - node.level]
                module = base + tuple((node.module or "").split(".") if node.module else ())
            elif (node.module or "").split(".")[0] == "chainjax":
                module = tuple(node.module.split(".")[1:])
            else:
                continue
            for alias in node.names:
                yield node.lineno, module or (alias.name,)


def _outside_of_functions(tree):
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def test_every_module_has_a_layer():
    unknown = {p.relative_to(ROOT).with_suffix("").parts[0] for p in modules()} - set(RANK)
    assert not unknown, f"not in the table of layers: {sorted(unknown)}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_its_layer_and_those_before_it(path):
    mine = layer_of(path.relative_to(ROOT).with_suffix("").parts)
    wrong = [f"line {line}: {'.'.join(module)}" for line, module in imported(path) if module[0] in RANK and layer_of(module) > mine]
    assert not wrong


@pytest.mark.parametrize("path", sorted((ROOT / "engine").glob("*.py")), ids=lambda p: p.name)
def test_the_engine_knows_nothing_but_itself(path):
    """Not even inside of functions: it works with arrays and pure functions, not with variables or links."""
    assert {module[0] for _, module in imported(path, top_level_only=False)} <= {"engine"}
    names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
    assert not names & {"Variable", "Parameter", "VariableNode", "FunctionNode", "Link", "Chain"}


def test_the_test_finds_what_it_looks_for():
    found = {module for _, module in imported(ROOT / "variable" / "_variables.py")}
    assert ("engine",) in found
    assert ("backends", "_cell") in found
    late = {module[0] for _, module in imported(ROOT / "variable" / "_variables.py", top_level_only=False)}
    assert "backprop" in late
