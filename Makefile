# make demo    train on real handwritten digits        make check   lint, format, types
# make test    all tests                               make format  what check asks for, done where a tool can
# make bench   against hand-written JAX and others     make sizes   lines per folder, longest files and functions
#
# Each makes what it needs in .venv first, from any Python >= 3.11: PYTHON=python3.12 make demo to choose one.

ENOUGH = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(ENOUGH)' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
JOBS ?= 2

# Compiled programs are kept between runs and shared by the processes of one.
export JAX_COMPILATION_CACHE_DIR ?= $(CURDIR)/.cache/jax
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS ?= 0

.PHONY: demo test check format sizes bench clean
.DELETE_ON_ERROR:

demo: .venv/examples
	$(BIN)/python examples/digits/train.py --model conv --out result/digits

test: .venv/test
	JAX_PLATFORMS=cpu $(BIN)/python -m pytest -n $(JOBS) -q --durations=10 $(ARGS)

check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyrefly check --python-interpreter-path $(BIN)/python --output-format min-text

format: .venv/dev
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

sizes:
	@$(or $(PYTHON),python3) tests/meta/sizes.py

bench: .venv/examples
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv .cache

# .venv/<extra> is a stamp: the environment has that extra, as pyproject.toml says now.
.venv/examples .venv/test .venv/dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(notdir $@)]'
	@touch $@

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'chainjax needs Python 3.11 or newer with the venv module (on Debian: apt install python3-venv)'; exit 1; }
	$(PYTHON) -m venv .venv
