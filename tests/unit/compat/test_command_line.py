"""``python -m chainjax``."""

import subprocess
import sys

import pytest


def run(*args, cwd):
    return subprocess.run([sys.executable, "-m", "chainjax", *map(str, args)], capture_output=True, text=True, cwd=cwd, timeout=120)


def test_a_script_gets_its_arguments_its_folder_and_chainer(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "helper.py").write_text("from chainer.functions.activation.relu import relu\n")
    (folder / "train.py").write_text(
        "import sys\nimport chainer\nimport numpy as np\nfrom helper import relu\n\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv, chainer.__version__, relu(np.float32([-1, 2])).array.tolist())\n"
        "    sys.exit(3)\n"
    )
    result = run("project/train.py", "-g", "-1", "--help", cwd=tmp_path)
    assert result.stdout == "['project/train.py', '-g', '-1', '--help'] 7.8.1 [0.0, 2.0]\n", result.stderr
    assert (result.returncode, result.stderr) == (3, "")


def test_the_traceback_of_a_script_ends_in_its_line(tmp_path):
    (tmp_path / "bad.py").write_text("import chainer\n\nchainer.functions.relu('x')\n")
    result = run("bad.py", cwd=tmp_path)
    assert result.returncode == 1
    assert 'bad.py", line 3' in result.stderr


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(tmp_path, option):
    result = run(option, cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: python -m chainjax SCRIPT [ARGS ...]\n")
    assert max(map(len, result.stdout.splitlines())) <= 125


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "usage: python -m chainjax SCRIPT"),
        (("nothing.py",), "python -m chainjax: there is no file nothing.py\n"),
        ((".",), "python -m chainjax: there is no file .\n"),
        (("--gpu", "train.py"), "python -m chainjax: expected a script first, got the option --gpu; -h tells more\n"),
    ],
)
def test_mistakes_are_told(tmp_path, args, message):
    result = run(*args, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(message)
    assert result.stdout == ""
