# `make` or `make help` lists what there is to make.

NOTES ?= notes
OUT ?=
PYTHON ?= python3
VENV ?= .venv
ROUNDS ?= 1

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

# Only files whose hashes are listed are installed; then the sources, in place, by what is there.
PINNED = $(PIP) install --require-hashes $(foreach name,$(1),--requirement requirements/$(name).txt)
SOURCES = $(PIP) install --no-deps --no-build-isolation --editable .

# Versions stay as they are while the project allows them, but for UPGRADE=1. Each list leaves
# out what the list before it has. Of aqt the browser tests take Anki's own style sheets and
# MathJax, and nothing else: not its dependencies (Qt). Its version is anki's.
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-header --quiet $(if $(UPGRADE),--upgrade)
BUILD = sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml
BEYOND = $(foreach name,$(1),--constraint requirements/$(name).txt \
  $$(sed -n 's/==.*//p' requirements/$(name).txt | sed 's/^/--no-emit-package /'))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help deck preview test lint check docs bench bench-peers bench-docs fidelity coverage mutants fuzz pins audit growth clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Exit code 1 means: done, but something is missing from the package, which is listed.
deck: $(VENV)/.deck ## Make the package: NOTES=folder (default notes), OUT=file.apkg
	@$(BIN)/anki-export build "$(NOTES)" $(if $(OUT),--output "$(OUT)") || test $$? -eq 1

preview: $(VENV)/.deck ## Show the cards in the browser, and again on every edit: NOTES=folder
	@$(BIN)/anki-export preview "$(NOTES)" || test $$? -eq 130

test: $(VENV)/.test ## Run the tests
	$(BIN)/python -m pytest

lint: $(VENV)/.test ## Check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test ## What CI runs: lint and test

docs: $(VENV)/.deck ## Write the references of the configuration and of the reports
	$(BIN)/python -c 'from anki_export.config import reference as d; print(d.reference(), end="")' \
	  >docs/configuration.md
	$(BIN)/python -c 'from anki_export.report import reference as d; print(d.reference(), end="")' \
	  >docs/report.md

bench: $(VENV)/.test ## Measure time, memory and kept histories: NOTES=folder
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.edits "$(NOTES)"

bench-peers: $(VENV)/.test ## Race the nearest other tool on the same notes
	$(BIN)/python -m benchmarks.peers

bench-docs: $(VENV)/.test ## Put what was measured into docs/performance.md
	$(BIN)/python -m benchmarks.document

coverage: $(VENV)/.quality ## Hold the branch coverage of what keeps histories above its floor
	$(BIN)/python -m pytest --quiet --cov=anki_export --cov-branch --cov-report=
	$(BIN)/coverage report --include='src/anki_export/match/*' --fail-under=95
	$(BIN)/coverage report --include='src/anki_export/ledger/*' --fail-under=95

mutants: $(VENV)/.quality ## Break the matching in every small way and see which tests miss it
	$(BIN)/mutmut run
	$(BIN)/mutmut results

fuzz: $(VENV)/.test ## Try hostile input of every kind, new in each run: ROUNDS=number (default 1)
	@for round in $$(seq $(ROUNDS)); do \
	  $(BIN)/python -m pytest --quiet --hypothesis-profile deep tests/test_hostile.py && \
	  (cd tests && PYTHONPATH=../src $(abspath $(BIN))/python -m support.growth --mixes 100) || \
	  exit; done

pins: $(VENV)/.quality ## List the hashes of what is installed: UPGRADE=1 for the newest versions
	$(BUILD) | $(COMPILE) - pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --extra test --extra lint $(call BEYOND,run) \
	  --output-file requirements/test.txt
	$(COMPILE) pyproject.toml --extra test --extra lint --extra quality $(call BEYOND,run test) \
	  --output-file requirements/quality.txt
	sed -n 's/^anki==\([^ ]*\).*/aqt==\1/p' requirements/test.txt | \
	  $(COMPILE) - --no-deps --output-file requirements/reviewer.txt

# It fails where its database cannot be reached: nothing has been looked up then.
audit: $(VENV)/.quality ## Look up what is pinned in PyPI's list of known faults
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  --requirement requirements/run.txt --requirement requirements/test.txt \
	  --requirement requirements/quality.txt || \
	  { echo "faults were found, or the database was not reached (said above)" >&2; exit 1; }

growth: $(VENV)/.test ## Find notes whose time grows faster than their size
	cd tests && PYTHONPATH=../src $(abspath $(BIN))/python -m support.growth

fidelity: $(VENV)/.test ## Compare rendered notes with GitHub's own renderer: NOTES=folder
	PYTHONPATH=tests $(BIN)/python -m support.fidelity "$(NOTES)"

clean: ## Remove everything that can be made again
	rm -rf $(VENV) build dist mutants .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The sources are installed in place, so only a change of dependencies installs anew.
$(VENV)/.deck: pyproject.toml requirements/run.txt | $(BIN)/python
	$(call PINNED,run)
	$(SOURCES)
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.test: $(VENV)/.deck requirements/test.txt requirements/reviewer.txt
	$(call PINNED,run test)
	$(call PINNED,reviewer) --no-deps
	@touch $@

$(VENV)/.quality: $(VENV)/.test requirements/quality.txt
	$(call PINNED,run test quality)
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "anki-export needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "no virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
