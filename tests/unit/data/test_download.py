"""The folder of data sets and what comes into it from the network, which is a server of our own here, or not there."""

import hashlib
import http.server
import os
import threading

import pytest

import chainjax
from chainjax.dataset import _download, cached_download


@pytest.fixture
def root(tmp_path):
    before = chainjax.dataset.get_dataset_root()
    chainjax.dataset.set_dataset_root(str(tmp_path / "root"))
    yield tmp_path / "root"
    chainjax.dataset.set_dataset_root(before)


@pytest.fixture
def server():
    """Answers ``/full`` with three bytes, ``/short`` with three of five that it announces, and knows nothing else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/none":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", "5" if self.path == "/short" else "3")
            self.end_headers()
            self.wfile.write(b"abc")

        def log_message(self, *args):
            pass

    asked = []
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def files(root):
    return sorted(os.listdir(root / "_dl_cache"))


def test_a_file_is_fetched_once(root, server, capsys):
    url, asked = server
    paths = [cached_download(f"{url}/full") for _ in range(2)]
    assert paths == [str(root / "_dl_cache" / hashlib.md5(f"{url}/full".encode()).hexdigest())] * 2
    with open(paths[0], "rb") as file:
        assert file.read() == b"abc"
    assert asked == ["/full"]
    assert capsys.readouterr().err == f"Downloading from {url}/full...\n"
    assert files(root) == [os.path.basename(paths[0])]


@pytest.mark.parametrize(
    ("path", "reason"), [("/none", "HTTP Error 404"), ("/short", "2 more expected"), ("/full", "other data than expected")]
)
def test_what_cannot_be_fetched_leaves_nothing_and_says_what_to_do(root, server, path, reason):
    url, _ = server
    with pytest.raises(FileNotFoundError, match=reason) as caught:
        _download.fetch(url + path, md5="0" * 32)
    assert f"fetch {url}{path} yourself, where there is a network, and put the file at {_download.cache_path(url + path)}" in str(
        caught.value
    )
    assert files(root) == []


def test_mirrors_give_what_the_first_address_does_not(root, server):
    url, asked = server
    md5 = hashlib.md5(b"abc").hexdigest()
    path = _download.fetch(f"{url}/none", md5, [f"{url}/short", f"{url}/full", f"{url}/never"])
    assert asked == ["/none", "/short", "/full"]
    assert files(root) == [os.path.basename(path)] == [os.path.basename(_download.cache_path(f"{url}/none"))]


def test_without_a_network_it_is_said_where_the_file_belongs(root):
    url = "http://127.0.0.1:9/data"  # nobody listens there
    with pytest.raises(FileNotFoundError, match=f"fetch {url} yourself"):
        cached_download(url)
    with open(_download.cache_path(url), "w") as file:
        file.write("content")
    assert cached_download(url) == _download.cache_path(url)


def test_errors_of_the_disk_are_not_taken_for_those_of_the_network(root, server, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_download.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left") as caught:
        cached_download(server[0] + "/full")
    assert not isinstance(caught.value, FileNotFoundError)
    assert files(root) == []


def test_files_are_made_once(root):
    made = []

    def creator(path):
        made.append(path)
        with open(path, "w") as file:
            file.write("content")
        return "content"

    def loader(path):
        with open(path) as file:
            return file.read()

    path = os.path.join(chainjax.dataset.get_dataset_directory("small/set"), "file")
    assert [chainjax.dataset.cache_or_load_file(path, creator, loader) for _ in range(2)] == ["content", "content"]
    assert len(made) == 1
    assert os.listdir(os.path.dirname(path)) == ["file"]


def test_a_root_that_is_no_folder(root, tmp_path):
    root.write_text("a file")
    with pytest.raises(RuntimeError, match=r"cannot be made .*; set CHAINER_DATASET_ROOT"):
        chainjax.dataset.cache_or_load_file(str(tmp_path / "other" / "file"), None, None)
