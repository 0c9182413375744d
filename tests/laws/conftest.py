"""Order of the laws, and real Chainer as an oracle where there is one."""

import importlib
import os
import sys
import warnings

import pytest


def pytest_collection_modifyitems(items):
    """Row by row instead of law by law: what a row compiles is still in the engine's cache when its next law runs."""
    places = [n for n, item in enumerate(items) if "tests.laws." in item.module.__name__ and getattr(item, "callspec", None)]
    rows = [items[n] for n in places]
    order = {}
    for item in rows:
        order.setdefault((item.module.__name__, _row(item)), len(order))
    rows.sort(key=lambda item: order[item.module.__name__, _row(item)])
    for n, item in zip(places, rows, strict=True):
        items[n] = item


def _row(item):
    return next((str(getattr(p, "row", p)) for p in item.callspec.params.values()), "")


@pytest.fixture(scope="session")
def oracle():
    """Real Chainer, in this process: ``CHAINJAX_ORACLE`` names a folder whose ``real_chainer.py`` has it as ``chainer``."""
    folder = os.environ.get("CHAINJAX_ORACLE")
    if not folder:
        pytest.skip("CHAINJAX_ORACLE names no folder with a real_chainer.py")
    sys.path.insert(0, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("real_chainer").chainer
    finally:
        sys.path.remove(folder)
