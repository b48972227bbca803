# The doors of the house: `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check coverage format deep bench load conform docs reference build clean

BIN := .venv/bin
READY := .venv/.installed
# More than cores, as many tests wait for a process or a socket.
WORKERS ?= 4
TESTS_OF_RULES := tests/contract tests/core tests/store tests/engine tests/client tests/faults tests/regions tests/verdict tests/webhooks
LAWFUL := mock_bfl/contract/*,mock_bfl/core/*,client/bfl_client/_policy.py

IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if "$$python" -c '$(IS_NEW_ENOUGH)' 2>/dev/null; then echo "$$python"; break; fi; done)

# Without bytecode every process of every run compiles and rewrites every test anew: half of the suite's time.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the doors
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## watch an image being generated, priced, rate-limited and expired, offline
	@$(BIN)/mock-bfl demo

test: $(READY) ## prove everything
	$(BIN)/pytest -n $(WORKERS) -p no:benchmark -p no:cov

check: $(READY) coverage ## lint, format, types, import arrows, style measures, coverage of the rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.measure_style

# Apart from the suite: tracing branches makes Python half as fast again.
coverage: $(READY) ## full branch coverage of facts, rules and the client's policy
	$(BIN)/pytest -n $(WORKERS) -p no:benchmark --cov --cov-report= $(TESTS_OF_RULES)
	$(BIN)/coverage report --include='$(LAWFUL)' --fail-under=100

format: $(READY) ## let ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

deep: $(READY) ## the suite with many more generated examples (minutes)
	$(BIN)/pytest -n $(WORKERS) -p no:benchmark --deep

bench: $(READY) ## measure start-up, memory and cost per request
	$(BIN)/pytest tests/bench -o python_files='bench_*.py'

load: $(READY) ## 20 s of polling users against a mock of their own
	$(BIN)/python -m loadtests

conform: $(READY) ## grade a freshly started mock with bfl-conformance
	@directory=$$(mktemp -d) && mkfifo "$$directory/ready" || exit 1; \
	$(BIN)/mock-bfl serve --listen 127.0.0.1:0 --json >"$$directory/ready" & mock=$$!; \
	trap 'kill $$mock 2>/dev/null; wait $$mock; rm -r "$$directory"' EXIT; \
	trap 'exit 130' INT TERM; \
	exec 3<"$$directory/ready"; \
	read -r line <&3 || { echo "mock-bfl serve did not start" >&2; exit 1; }; \
	url=$$(printf '%s' "$$line" | $(BIN)/python -c 'import json, sys; print(json.load(sys.stdin)["base_url"])'); \
	$(BIN)/bfl-conformance server --url "$$url"

docs: $(READY) ## run every example and follow every link of the documents
	$(BIN)/pytest tests/docs

reference: $(READY) ## write the generated parts of docs/ anew
	$(BIN)/python -m tools.write_reference

build: $(READY) ## build sdist and wheel into dist/ and check their contents
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/pytest tests/packaging --deep

clean: ## remove what the doors made, but for .venv
	rm -rf build dist htmlcov .coverage .coverage.* .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Installed once, and again when what is to be installed changes.
$(READY): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' && '$(PYTHON)' -c '$(IS_NEW_ENOUGH)' || { \
		echo "mock-bfl needs Python 3.11 or newer. Found: $$(python3 --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	@'$(PYTHON)' -m venv .venv || { \
		echo "Python could not make .venv. On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	@echo "Installing into .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
