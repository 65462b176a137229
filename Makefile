# Every target sets itself up: all it takes is Python 3.11 or later with pip, git and make.
# `make setup PYTHON=/path/to/python3` chooses the interpreter when .venv is first made.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The newest python that runs: a shim may be on PATH and still fail.
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	&& echo $$python && break; done)
PIP = $(PYTHON) -m pip --disable-pip-version-check --quiet

# uv installs in seconds: the one on PATH, else the one pinned in requirements/uv.txt.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# As pip does: the tests start many processes, each of which would compile what it imports.
export UV_COMPILE_BYTECODE := 1
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

BIN := .venv/bin
STAMP := .venv/.installed

# A private server is started for the run; where PostgreSQL is not installed it says so and ends.
ON_POSTGRES := TASTE_TEST_DATABASE=postgres $(BIN)/pytest --numprocesses=auto --dist=worksteal
# What CI has time for: whatever writes rows, in each of its ways. The rest takes `make postgres`.
SHORT := -m "not no_cover" tests/taste/assigning tests/taste/drafts/test_store.py \
	tests/taste/submitting tests/taste/bundles/test_bundles.py tests/taste/test_appending.py \
	tests/taste/test_database.py tests/taste/test_pilot_runs.py tests/taste/test_runs.py \
	tests/taste/test_removal.py::test_numbers_outlive_a_withdrawal tests/taste/cli/test_finding.py \
	tests/transcripts/merging tests/transcripts/finding tests/transcripts/test_search.py

.PHONY: help setup check coverage test postgres demo fix lock
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 8

setup: $(STAMP)  ## make .venv and install the locked packages

check: $(STAMP)  ## what CI runs: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses=auto --dist=worksteal
	$(ON_POSTGRES) $(SHORT)

coverage: $(STAMP)  ## the tests with what of the code they reach; it may not fall below the floor
	$(BIN)/pytest --numprocesses=auto --dist=worksteal --cov

test: $(STAMP)  ## the tests alone; ARGS="-k cut" chooses
	$(BIN)/pytest $(ARGS)

postgres: $(STAMP)  ## the tests of all that uses a database, on a private PostgreSQL; ARGS chooses
	$(ON_POSTGRES) $(or $(ARGS),tests/annotation_tui tests/taste tests/transcripts)

demo: $(STAMP)  ## a whole study on example sessions with simulated models
	$(BIN)/taste demo

fix: $(STAMP)  ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .tools/.ready  ## resolve pyproject.toml into requirements/; UPGRADE=--upgrade for newer versions
	$(COMPILE) --group dev --all-extras --no-binary claude-agent-sdk --emit-build-options \
		pyproject.toml --output-file requirements/dev.txt
	$(COMPILE) --group build pyproject.toml --constraints requirements/dev.txt \
		--output-file requirements/run.txt
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt

# Without uv for this machine, pip installs the same lock.
.tools/.ready: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 not found; make PYTHON=..." >&2; exit 1; }
	@mkdir -p .tools
	@$(UV) --version >/dev/null 2>&1 || { $(PYTHON) -m venv --without-pip .tools \
		&& $(PIP) --python .tools/bin/python install --require-hashes -r $<; } \
		|| echo "no uv for this machine: pip installs instead, more slowly" >&2
	@touch $@

$(STAMP): requirements/dev.txt pyproject.toml | .tools/.ready
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --build-constraints $< $< \
		|| $(PIP) --python $(BIN)/python install --require-hashes -r $<
	@$(PIP) --python $(BIN)/python install --no-deps --no-build-isolation --editable .
	@touch $@
