# Everything sets itself up in .venv; what the machine lacks is named with the package that brings it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
SOURCES := pyproject.toml setup.py $(wildcard oee_core/*.pyx oee_core/*.pxd nexshift/*.pyx nexshift/*.pxd nexshift/*/*.pyx nexshift/*/*.pxd)

.PHONY: demo test lint docs bench bench-quick bench-compare build clean tools wrk

demo: $(VENV)/.installed  ## a sample plant, a key, and the service
	@exec $(BIN)/nexshift demo

test: $(VENV)/.installed-dev  ## all tests
	$(BIN)/pytest -p no:benchmark -n auto --dist worksteal $(ARGS)

lint: $(VENV)/.installed-dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-dev  ## write docs/cli.md anew
	$(BIN)/python docs/generate_cli.py

bench-quick: $(VENV)/.installed-dev  ## the benchmarks that a developer runs in a minute
	$(BIN)/pytest benchmarks -p no:xdist --benchmark-columns=min,median,rounds --benchmark-sort=name $(ARGS)

# `make bench-compare v1` is understood as well: then v1 is no target.
ifeq ($(firstword $(MAKECMDGOALS)),bench-compare)
REV = $(word 2,$(MAKECMDGOALS))
.DEFAULT:
	@:
endif

bench-compare: $(VENV)/.installed-dev  ## the quick benchmarks, in turns with those of a revision: make bench-compare REV=v1
	@$(BIN)/python -m benchmarks.compare_revisions $(ARGS) '$(REV)'

bench: $(VENV)/.installed-dev | wrk  ## all measurements; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.results

build: $(VENV)/.installed-dev  ## a wheel in dist/
	$(BIN)/pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir dist .
	@ls dist/*.whl

clean:
	rm -rf $(VENV) build dist *.egg-info oee_core/*.so oee_core/_*.c nexshift/*.so nexshift/_*.c nexshift/*/*.so nexshift/*/_*.c

$(VENV)/.installed: $(SOURCES) | tools
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: $(SOURCES) | tools
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed

tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Nexshift needs Python 3.11 or newer, and '$(PYTHON)' is not. On Debian or Ubuntu: sudo apt install python3"; \
	  echo "Another one can be named: make PYTHON=/path/to/python3.12 demo"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv is missing. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import os, sysconfig as s; os.stat(os.path.join(s.get_path("include"), "Python.h"))' 2>/dev/null || { \
	  echo "Python's headers are missing. On Debian or Ubuntu: sudo apt install python3-dev"; exit 1; }
	@command -v $${CC:-cc} >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || { \
	  echo "A C compiler is missing. On Debian or Ubuntu: sudo apt install gcc libc6-dev"; exit 1; }

wrk:  # the client that asks the servers; root gets it installed
	@command -v wrk >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >/dev/null; } || { \
	  echo "wrk, which asks the servers, is missing. On Debian or Ubuntu: sudo apt install wrk"; exit 1; }
