# `make` or `make help` lists what there is to make.

NOTES ?= notes
OUT ?=
PYTHON ?= python3
VENV ?= .venv
ROUNDS ?= 1

# The browser tests take Anki's own style sheets and MathJax from aqt, of which nothing else
# is needed: not its dependencies (Qt). Its version is anki's.
AQT = aqt==$(shell sed -n 's/^anki==//p' constraints.txt)

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help deck preview test lint check docs bench bench-peers bench-docs fidelity coverage mutants fuzz growth clean

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
	  $(BIN)/python -m pytest --quiet --hypothesis-profile deep tests/test_hostile.py || exit; done

growth: $(VENV)/.test ## Find notes whose time grows faster than their size
	cd tests && PYTHONPATH=../src $(abspath $(BIN))/python -m support.growth

fidelity: $(VENV)/.test ## Compare rendered notes with GitHub's own renderer: NOTES=folder
	PYTHONPATH=tests $(BIN)/python -m support.fidelity "$(NOTES)"

clean: ## Remove everything that can be made again
	rm -rf $(VENV) build dist mutants .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The sources are installed in place, so only a change of dependencies installs anew.
$(VENV)/.deck: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable '.[test,lint]'
	$(PIP) install --no-deps $(AQT)
	@touch $@ $(VENV)/.deck

$(VENV)/.quality: $(VENV)/.test
	$(PIP) install --constraint constraints.txt --editable '.[quality]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "anki-export needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "no virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
