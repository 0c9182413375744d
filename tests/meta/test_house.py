"""The rules of the house that a program can check."""

import ast
import collections
import doctest
import importlib
import importlib.util
import inspect
import os
import pathlib
import pkgutil
import re
import subprocess
import tomllib

import numpy as np
import pytest

import chainjax
from chainjax import distributions, functions, links
from chainjax.compat._function_classes import OldFunction

ROOT = pathlib.Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("sizes", pathlib.Path(__file__).with_name("sizes.py"))
sizes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sizes)


def modules():
    """All modules of the package but the one that runs scripts."""
    return [m.name for m in pkgutil.walk_packages(chainjax.__path__, "chainjax.") if not m.name.endswith("__main__")]


# sizes ------------------------------------------------------------------------------------------------------------------


def test_the_engine_stays_small():
    assert sizes.budget("chainjax/engine") <= 1000  # the budget is about 900; whoever needs more takes something out


def test_lines_of_code_are_counted():
    text = '"""Doc."""\n\n# comment\ndef f(x):\n    """Doc\n\n    more."""\n    y = """text\n    in lines"""\n    return y  # why\n'
    assert sizes.code_lines(text) == {4, 8, 9, 10}
    assert sizes.functions(text) == [(4, "f")]


# names ------------------------------------------------------------------------------------------------------------------


def defined_twice(text):
    """Names of functions and classes that a body defines more than once: only the last would be seen by pytest."""
    twice = []
    for body in [ast.parse(text), *[n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef)]]:
        names = collections.Counter(
            n.name
            for n in body.body
            if isinstance(n, sizes.DEFINITIONS)
            and not any("setter" in ast.unparse(d) or "overload" in ast.unparse(d) for d in n.decorator_list)
        )
        twice += [name for name, n in names.items() if n > 1]
    return twice


def test_finds_a_name_defined_twice():
    assert defined_twice("def test_a(): pass\nclass C:\n def f(self): pass\n def f(self): pass\ndef test_a(): pass") == ["test_a", "f"]


def test_no_name_is_defined_twice():
    found = {str(p.relative_to(ROOT)): defined_twice(p.read_text()) for p in sizes.files(*sizes.FOLDERS)}
    assert {path: names for path, names in found.items() if names} == {}


# docstrings -------------------------------------------------------------------------------------------------------------


def public():
    """``name -> function or class`` of what chainjax defines and gives out under a public name."""
    found = {}
    for module in ["chainjax", *modules()]:
        if re.search(r"\.(_|compat)", module):
            continue
        for name, thing in vars(importlib.import_module(module)).items():
            own = getattr(thing, "__module__", "") or ""
            if not name.startswith("_") and own.startswith("chainjax") and (inspect.isfunction(thing) or inspect.isclass(thing)):
                found[f"{module}.{name}"] = thing
    return found


def flaws(thing):
    """What a docstring lacks. Parameters may be named in the summary alone, or left to the class that is referred to."""
    text = inspect.getdoc(thing)
    if not text:
        return ["docstring"]
    parts = thing.__module__.split(".")
    found = [] if text.partition("\n\n")[0].endswith((".", ":")) else ["a summary that is a sentence"]
    if parts[1] in ("functions", "links", "distributions"):
        if ">>>" not in text:
            found.append("example")
        parameters = (
            []
            if "for the arguments" in text
            else [p.name for p in inspect.signature(thing).parameters.values() if p.kind is not p.VAR_KEYWORD]
        )
        found += [
            f"word of {name}" for name in parameters if not re.search(rf"^ +{name}(, \w+)*: |, {name}: |``\*?{name}``", text, re.MULTILINE)
        ]
    return found


def test_public_docstrings_are_complete():
    documented = {name: thing for name, thing in public().items() if not issubclass(type(thing), type(OldFunction))}  # these are functions
    assert {name: lacks for name, thing in documented.items() if (lacks := flaws(thing))} == {}


@pytest.mark.parametrize("module", ["chainjax", *modules()])
def test_examples_in_docstrings_run(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = importlib.import_module(module)
    names = {"chainjax": chainjax, "np": np, "D": distributions, "L": links, **vars(found), "F": functions}
    runner, lines = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE), []
    for test in doctest.DocTestFinder().find(found, module, globs=names):
        runner.run(test, out=lines.append)
    assert runner.failures == 0, "".join(lines)


# files ------------------------------------------------------------------------------------------------------------------


def tracked():
    """The text files that belong to the repository: what git tracks, or all where there is no git."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")[:-1]
    if not names:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in names]
    return [p for p in paths if p.is_file() and b"\0" not in p.read_bytes()]


def test_no_absolute_paths():
    # Folders of somebody's machine. Names that programs may rightly use (/dev/null, /proc) are not among them.
    pattern = re.compile(r"(?<![\w.>}~])/(home|root|work|Users|tmp|opt|mnt)/\w")
    found = [
        f"{p.relative_to(ROOT)}:{i}" for p in tracked() for i, line in enumerate(p.read_text().splitlines(), 1) if pattern.search(line)
    ]
    assert found == []


def test_exceptions_are_well_formed():
    table = tomllib.loads((ROOT / "tests" / "conformance" / "exceptions.toml").read_text())
    assert set(table) == {"exception"}
    rows = table["exception"]
    for row in rows:
        assert set(row) == {"tests", "kind", "reason"}
        assert row["kind"] in {"internal", "backend", "platform", "numerics", "gap"}
        assert len(row["reason"].split()) > 3
        assert re.match(r"chainer_tests/[\w/*]+\.py::", row["tests"])
    assert len({row["tests"] for row in rows}) == len(rows)


def test_the_script_of_continuous_integration_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
