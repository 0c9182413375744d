"""How long everything is: ``make sizes`` prints it, the tests beside this file hold the budgets."""

import ast
import collections
import io
import pathlib
import tokenize

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = ("chainjax", "tests", "examples", "benchmarks", "docs")
NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def files(*folders):
    """The Python files below folders of the repository."""
    return [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]


def code_lines(text):
    """The numbers of the lines that hold code: no comments, docstrings or empty lines."""
    tree = ast.parse(text)
    docs = {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, *DEFINITIONS)) and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {line for t in tokens if t.type not in NOT_CODE for line in range(t.start[0], t.end[0] + 1)} - docs


def functions(text):
    """``(lines of code, name)`` of all functions."""
    code = code_lines(text)
    return [
        (len(code.intersection(range(node.lineno, node.end_lineno + 1))), node.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, DEFINITIONS[:2])
    ]


def budget(folder):
    """Lines of code in a folder."""
    return sum(len(code_lines(p.read_text())) for p in files(folder))


def main():
    """Print the table."""
    folders, longest, longest_functions = collections.Counter(), [], []
    for path in files(*FOLDERS):
        text, name = path.read_text(), path.relative_to(ROOT)
        n = len(code_lines(text))
        folders[str(pathlib.Path(*name.parts[:2]) if len(name.parts) > 2 else name.parts[0])] += n
        longest.append((n, str(name)))
        longest_functions += [(lines, f"{name}: {function}") for lines, function in functions(text)]
    for title, rows in (
        ("lines of code (no comments, docstrings, empty lines)", sorted(((n, f) for f, n in folders.items()), key=lambda r: r[1])),
        ("longest files", sorted(longest, reverse=True)[:10]),
        ("longest functions", sorted(longest_functions, reverse=True)[:10]),
    ):
        print(f"\n{title}")
        for n, name in rows:
            print(f"{n:>7}  {name}")
    print(f"\n{folders.total():>7}  in all")


if __name__ == "__main__":
    main()
