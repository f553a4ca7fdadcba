# Two commands matter: `make run` and `make test`. Both use one .venv made from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.complete
DEMO := data/demo
WHEEL := build/wheel

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types docs wheel bench lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## make .venv from requirements.lock and install h33 into it

# --no-deps and --require-hashes: what the lock names, all of it, and nothing else.
$(VENV)/.locked: requirements.lock
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --require-hashes --no-deps -r requirements.lock
	@touch $@

$(STAMP): $(VENV)/.locked pyproject.toml
	$(PIP) --no-build-isolation --no-deps --no-index --editable .
	@touch $@

run: $(STAMP)  ## the main job on a generated week: sample, ingest, rollups, the last day's KPI page
	@$(BIN)/h33 sample $(DEMO)/landing --quiet
	@$(BIN)/h33 --config $(DEMO)/landing/h33.toml daily --date "$$(cat $(DEMO)/landing/last-day)"

test: $(STAMP)  ## the tests; Python alone is enough
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not browser"

check: lint types docs wheel  ## the whole loop: lint, types, docs, all tests through the installed wheel
	PYTHONSAFEPATH=1 PYTHONPATH=$(abspath $(WHEEL)) $(BIN)/python -m pytest -q -n auto --dist loadfile

# What users install: built, unpacked beside the checkout, and put before it on the path. PYTHONSAFEPATH keeps
# the working folder off the path, so a file that the wheel forgot is missed.
wheel: $(STAMP)
	@rm -rf $(WHEEL)
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index \
	  --wheel-dir $(WHEEL)/dist .
	$(PIP) --no-deps --no-index --target $(WHEEL) $(WHEEL)/dist/*.whl

lint: $(STAMP)  ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy

docs: $(STAMP)  ## check that the generated reference pages are current
	$(BIN)/python -m pipeline.reference --check

bench: $(STAMP)  ## benchmarks: tables on stdout, nothing asserted
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/inputs.py
	$(BIN)/python benchmarks/queries.py

lock:  ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --extra dev --extra ml \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade pyproject.toml -o requirements.lock

clean:  ## remove what the targets made
	rm -rf $(VENV) $(DEMO) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
