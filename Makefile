# Everything a newcomer or CI runs. Needs git, make and Python >= 3.10; all else is fetched, at pinned versions.
# Portable on purpose: GNU make 3.81 (macOS), POSIX sh and awk.

PYTHON ?= python3
BIN := .venv/bin
TOOL := $(BIN)/python tools
# Which CLI the end-to-end tests use; a recipe asks once and passes it on.
CLI = PULUMI="$$($(TOOL)/pulumi_cli.py)" && export PULUMI

.NOTPARALLEL:
.PHONY: help demo demo-clean test install engine lint types unit e2e fmt lock clean python

help: ## List the targets (the default)
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: python ## Show the main job against two simulated JPDs; KEEP=1 leaves them running
	@$(PYTHON) tools/bootstrap.py 1/8
	@exec $(TOOL)/demo.py $(if $(KEEP),--keep)

demo-clean: install ## End a demo that was kept and empty .demo/
	@$(TOOL)/demo.py --clean

test: install lint types ## Run everything: format, lint, types, import rules, unit and end-to-end tests
	@$(CLI); exec $(BIN)/pytest -m "e2e or not e2e" -n 2 --dist worksteal

install: python ## Make or repair .venv from requirements.lock
	@$(PYTHON) tools/bootstrap.py

engine: install ## Find or make a Pulumi CLI and print its path; PULUMI=path overrides
	@$(TOOL)/pulumi_cli.py

lint: install ## Check format, lint and import rules
	@$(BIN)/ruff format --quiet --check . || { echo 'Not formatted as above; make fmt does it.'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo

types: install ## Check types: strict for the packages, and the tools
	@$(BIN)/mypy
	@MYPYPATH=tools $(BIN)/mypy tools/bootstrap.py tools/pulumi_cli.py tools/demo.py

unit: install ## Run the tests that need no Pulumi CLI
	@$(BIN)/pytest -m "not e2e"

e2e: install ## Run the tests with the real Pulumi CLI
	@$(CLI); exec $(BIN)/pytest -m e2e

fmt: install ## Format the code and repair what ruff can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lock: install ## Write requirements.lock anew, with the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --all-extras --group dev \
	  --custom-compile-command "make lock" -o requirements.lock pyproject.toml

clean: ## Remove what was made in this folder (the CLI stays in the user's cache)
	@if [ -d .demo ] && [ -x $(BIN)/python ]; then $(TOOL)/demo.py --clean; fi
	@rm -rf .venv .venv-install.log .demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@command -v $(PYTHON) >/dev/null || { echo '$(PYTHON) is not there: install Python >= 3.10, or name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1): Python >= 3.10 is needed, name one: make PYTHON=python3.12" >&2; exit 1; }
