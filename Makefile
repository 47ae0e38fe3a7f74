# Two commands: `make run` and `make test`. Both set everything up, and do again only what has changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes
QUIETLY := requirements/quietly
ACROSS := -n auto --maxprocesses 4 # tests run in one process a core
TOGETHER := --dist loadscope --no-loadscope-reorder # what shares a site stays in one process, as tests/conftest.py says

.DEFAULT_GOAL := help
.PHONY: help run test check style types contracts explore unit browser servers setup console lock clean
.DELETE_ON_ERROR:

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: $(VENV)/run.stamp console ## Run on a made-up center, or on your own data: make run IN=folder
ifdef IN
	@$(BIN)/hushkeep init --center own >&2
	@exec $(BIN)/hushkeep up --intake "$(IN)" --center own $(if $(JSON),--json)
else
	@$(BIN)/hushkeep init >&2
	@mkdir -p build/sample
	@test -s build/sample/center.jsonl || $(QUIETLY) "Making up a center" $(BIN)/hushkeep sample --out build/sample/center.jsonl
	@exec $(BIN)/hushkeep up --intake build/sample $(if $(JSON),--json)
endif

check: $(VENV)/dev.stamp ## Everything that is quick: style, types, import contracts, unit tests
	@$(MAKE) --no-print-directory --jobs 2 unit types style contracts

explore: $(VENV)/dev.stamp ## Look for new examples that break what is said of any input
	$(BIN)/pytest -q $(ACROSS) --dist worksteal --hypothesis-profile explore tests/property

unit:
	$(BIN)/pytest -q $(ACROSS) --dist worksteal src tests/unit tests/property tests/vectors tests/arch

types:
	$(BIN)/mypy

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

contracts:
	$(BIN)/lint-imports

test: check console ## Everything: check, then servers, security and the browser
	@$(MAKE) --no-print-directory servers
	@$(MAKE) --no-print-directory browser

# One after the other: side by side they take the cores from each other until a browser's patience ends; apart, since a
# browser's driver leaves Django no thread of its own.
browser:
	$(BIN)/pytest -q -n 2 $(TOGETHER) $(wildcard tests/e2e)

servers:
	$(BIN)/pytest -q $(ACROSS) $(TOGETHER) $(wildcard tests/integration tests/security)

setup: $(VENV)/dev.stamp console ## Only set up

console: $(VENV)/run.stamp ## Build the console when its sources have changed
	@$(BIN)/python hatch_build.py --check 2>/dev/null || $(QUIETLY) "Building the console" $(BIN)/python hatch_build.py

lock: $(VENV)/dev.stamp ## Resolve the requirements anew and write the locked lists
	$(BIN)/python requirements/lock.py

clean: ## Remove what was built here; your site's data stays
	rm -rf $(VENV) build dist src/hushkeep/console/static console/node_modules

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Hushkeep needs Python 3.11 or newer: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@$(QUIETLY) "Making $(VENV)" $(PYTHON) -m venv $(VENV)

# The package itself is installed without its dependencies: they come from the locked list, each with its hash.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml hatch_build.py | $(BIN)/python
	@$(QUIETLY) "Installing the locked requirements (a few hundred MB the first time)" $(PIP) -r requirements/run.txt
	@$(QUIETLY) "Installing hushkeep and building its console" \
	  $(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@PYTHONDONTWRITEBYTECODE= $(QUIETLY) "Compiling the patterns of detection" $(BIN)/python -m hushkeep.detect.prepare
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(QUIETLY) "Installing the tools for tests" $(PIP) -r requirements/dev.txt
	@touch $@
