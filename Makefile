# From a fresh clone: `make run` serves crmkit with demo data, `make test` runs the tests.
# Needs GNU make 4 and python3 (3.11 or later, with venv); all else goes into .venv.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
LEADS ?= 100000

BIN := .venv/bin
PLUGINS := $(sort $(patsubst plugins/%/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml)))
COMMA := ,
SPACE := $(strip) $(strip)
PROJECTS := pyproject.toml $(PLUGINS:%=plugins/%/pyproject.toml)
SETUP := .venv/.installed

export CRMKIT_PROFILE ?= gate
# Trust whom the machine trusts, as pip does.
export UV_SYSTEM_CERTS ?= true
# Hundreds of processes start in the tests: none compiles again what another did.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test soak bench lint docs shots api messages clean

run: setup
	$(BIN)/crmkit demo --host $(HOST) --port $(PORT)

setup: $(SETUP)
	@$(BIN)/python -m tools.assets

# One environment for each question, on SQLite (a plugin's conformance is asked in its
# own); then everything at once, on every core of the machine: on PostgreSQL, and on both
# databases what has no environment of its own. Its summary closes the output.
test: setup
	$(BIN)/python -m tox run-parallel --parallel 2 --quiet -e $(subst $(SPACE),$(COMMA),core $(PLUGINS))
	CRMKIT_TEST_SQLITE=alone $(BIN)/python -m pytest --numprocesses logical --dist worksteal -m "not conformance"

# All of it takes hours; `make soak ONLY=tests/api` takes one slice.
soak: setup
	CRMKIT_PROFILE=soak $(BIN)/python -m pytest $(ONLY)

bench: setup
	$(BIN)/python -m benchmarks --leads $(LEADS)

# Every check runs, whatever another found, two at a time; the target fails if any did.
lint: setup
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target $(CHECKS)

CHECKS := types style format sizes imports names templates hooks-fresh api-fresh words
.PHONY: $(CHECKS)
types:; $(BIN)/python -m tools.check_types
style:; $(BIN)/ruff check .
format:; $(BIN)/ruff format --check .
sizes:; $(BIN)/python -m tools.sizes
imports:; $(BIN)/lint-imports --no-cache
names:; $(BIN)/python -m tools.public_imports
templates:; $(BIN)/python -m tools.template_lint
hooks-fresh:; $(BIN)/python -m tools.hooks --check
api-fresh:; $(BIN)/python -m tools.api --check
words:; $(BIN)/python -m tools.messages check

docs: setup
	$(BIN)/python -m tools.hooks
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python -c constraints.txt --group docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs docs/_build

shots: setup
	$(BIN)/python -m tools.shots

api: setup
	$(BIN)/python -m tools.api

# Brings the French words up to date with what the code says.
messages: setup
	$(BIN)/python -m tools.messages extract

clean:
	rm -rf .venv .tox .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf build dist docs/_build shots crmkit/web/static/vendor
	rm -f crmkit-demo.db crmkit-demo.db-shm crmkit-demo.db-wal .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(SETUP): $(PROJECTS) constraints.txt tools/install.py | $(BIN)/uv
	$(BIN)/python -m tools.install --everything
	@touch $@

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "crmkit needs Python 3.11 or later: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
