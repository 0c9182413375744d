"""What the README and its companions say is true."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p, "python")], ids=lambda p: p.name)
def test_the_python_of_a_document_runs(path, tmp_path):
    """All blocks of a document one after the other, as a reader would type them."""
    script = tmp_path / "document.py"
    script.write_text("\n".join(blocks(path, "python")))
    result = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert result.returncode == 0, result.stderr
    if path.name == "README.md":
        loss, accuracy = map(float, re.search(r"loss (\S+), accuracy (\S+)", result.stdout).groups())
        assert loss < 0.1
        assert accuracy > 0.95
        assert "update at" in result.stdout  # the table of the engine


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_targets_of_make_exist(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    # As a command: in a block of shell lines, or between backquotes.
    text = path.read_text()
    said = re.findall(r"^make ([a-z]+)", "\n".join(blocks(path, "sh")), re.MULTILINE) + re.findall(r"`make ([a-z]+)", text)
    assert set(said) <= targets
    if path.name == "README.md":
        assert {"demo", "test"} <= set(said)


def test_the_first_screen_shows_code_and_commands():
    first = (ROOT / "README.md").read_text().splitlines()[:32]
    assert "```python" in first
    assert any(line.startswith("make demo") for line in first)
    assert any(line.startswith("make test") for line in first)


def test_contributing_is_one_page():
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 90
