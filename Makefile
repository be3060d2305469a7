# Everything sets itself up in .venv; what the machine lacks is named with the package that brings it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
# What the locks pin, then the project itself, built with what they have brought (setuptools warns that it is editable).
INSTALL_LOCKED := $(PIP) --require-hashes
INSTALL_PROJECT := PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation --editable .
UV := .venv-lock/bin/uv
UV_VERSION := 0.13.9
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
NEEDED = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))$(1), sep="\n")'
SOURCES := pyproject.toml setup.py $(wildcard oee_core/*.pyx oee_core/*.pxd nexshift/*.pyx nexshift/*.pxd nexshift/*/*.pyx nexshift/*/*.pxd)

.PHONY: demo test torture fuzz lint docs pictures connect connect-check lock bench bench-quick bench-compare build binary clean tools wrk binary-tools

demo: $(VENV)/.installed  ## a sample plant, a key, and the service
	@exec $(BIN)/nexshift demo

test: $(VENV)/.installed-dev  ## all tests
	$(BIN)/pytest -p no:benchmark -n auto --dist worksteal $(ARGS)

torture: $(VENV)/.installed-dev  ## real faults, hundreds of each; docs/reliability.md (NEXSHIFT_TORTURE=2 for twice as many)
	NEXSHIFT_TORTURE=$${NEXSHIFT_TORTURE:-1} $(BIN)/pytest tests/faults -p no:benchmark -n auto --dist worksteal $(ARGS)
	$(MAKE) fuzz

fuzz: .venv-fuzz/.installed  ## bytes of all kinds into what reads them, guided by the lines that they reach; 60 s of each
	.venv-fuzz/bin/python -m tests.security.guided $${FUZZ_SECONDS:-60}

lint: $(VENV)/.installed-dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-dev  ## write docs/cli.md anew
	$(BIN)/python docs/generate_cli.py

pictures: $(VENV)/.installed-dev  ## take docs/pictures/connect-*.png anew, after a change of the page; needs Chromium
	$(BIN)/python docs/take_pictures.py

# The page is committed as it was built: whoever does not change it needs no Node.
connect: connect/node_modules/.installed  ## build the page /connect anew, after a change in connect/; needs Node 18 or newer
	npm --prefix connect run --silent check
	npm --prefix connect run --silent test
	npm --prefix connect run --silent build

connect-check: connect/node_modules/.installed  ## whether the page that is committed is what its sources give
	npm --prefix connect run --silent check
	npm --prefix connect run --silent test
	rm -rf build/connect && CONNECT_TARGET=$(CURDIR)/build/connect npm --prefix connect run --silent build
	diff -r build/connect nexshift/web/connect || { echo "The page is not what its sources give: make connect"; exit 1; }

connect/node_modules/.installed: connect/package-lock.json
	npm ci --prefix connect --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

# What stands in a lock already stays, where it still fits: newer versions come with make lock ARGS=--upgrade.
lock: $(UV)  ## write the lock files anew, after a change of pyproject.toml
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements.lock
	$(call NEEDED,["build-system"]["requires"]) | \
	  $(COMPILE) $(ARGS) - --constraints requirements.lock --output-file requirements-build.lock
	$(call NEEDED,["project"]["optional-dependencies"]["binary"]) | \
	  $(COMPILE) $(ARGS) - requirements-build.lock --output-file requirements-binary.lock
	$(call NEEDED,["project"]["optional-dependencies"]["fuzz"]) | \
	  $(COMPILE) $(ARGS) - --constraints requirements.lock --output-file requirements-fuzz.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra dev --constraints requirements.lock --constraints requirements-build.lock \
	  --output-file requirements-dev.lock

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

build: $(VENV)/.installed-dev  ## a wheel and a source distribution in dist/
	$(BIN)/python -m build --no-isolation --outdir dist . >/dev/null
	@ls dist/*.whl dist/*.tar.gz

binary: | binary-tools  ## the single file, dist/nexshift
	@/usr/bin/python3 -m binary

clean:
	rm -rf $(VENV) .venv-lock .venv-fuzz connect/node_modules connect/.tests build dist *.egg-info oee_core/*.so oee_core/_*.c nexshift/*.so nexshift/_*.c nexshift/*/*.so nexshift/*/_*.c

$(VENV)/.installed: $(SOURCES) requirements.lock requirements-build.lock | tools
	$(PYTHON) -m venv $(VENV)
	$(INSTALL_LOCKED) --requirement requirements.lock --requirement requirements-build.lock
	$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.installed-dev: $(SOURCES) requirements-dev.lock | tools
	$(PYTHON) -m venv $(VENV)
	$(INSTALL_LOCKED) --requirement requirements-dev.lock
	$(INSTALL_PROJECT)
	@touch $@ $(VENV)/.installed

.venv-fuzz/.installed: $(SOURCES) requirements.lock requirements-build.lock requirements-fuzz.lock | tools
	$(PYTHON) -m venv .venv-fuzz
	$(subst $(BIN),.venv-fuzz/bin,$(INSTALL_LOCKED)) \
	  --requirement requirements.lock --requirement requirements-build.lock --requirement requirements-fuzz.lock
	$(subst $(BIN),.venv-fuzz/bin,$(INSTALL_PROJECT))
	@touch $@

$(UV): | tools
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip --disable-pip-version-check --quiet install uv==$(UV_VERSION)
	@touch $@

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

# Debian's packages that the single file is made of and made with; root gets them installed.
PARTS := libpython3-dev python3-venv libssl-dev libexpat1-dev zlib1g-dev libbluetooth-dev gcc libc6-dev binutils \
  make nasm autoconf automake libtool dpkg-dev xz-utils
binary-tools:
	@dpkg-query -W $(PARTS) >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PARTS) >/dev/null; } || { \
	  echo "The single file is made on Debian, of its packages. To install them: sudo apt install $(PARTS)"; exit 1; }

wrk:  # the client that asks the servers; root gets it installed
	@command -v wrk >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >/dev/null; } || { \
	  echo "wrk, which asks the servers, is missing. On Debian or Ubuntu: sudo apt install wrk"; exit 1; }
