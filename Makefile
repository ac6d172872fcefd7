# Everything a developer or an operator starts, one command each.
# PYTHON chooses the interpreter (3.11 to 3.14), PORT and ETL_HOME where `make run` listens and keeps its data.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run install demo test fuzz try-fresh chromium check format bench bench-console bench-audit bench-analytics bench-cluster bench-explorer failing-io crashing-disk kills soak coverage-study screens requirements licences sbom pip-audit clean

PORT ?= 8501
ETL_HOME ?= $(CURDIR)

VENV := .venv
BIN := $(VENV)/bin
AUDIT_VENV := $(VENV)/pip-audit
PIP := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
PYTEST_ARGS ?= -n 2 --dist loadfile
SUITE ?= trixie
BENCH_ARGS ?=
CONSOLE_ARGS ?=
AUDIT_ARGS ?=
ANALYTICS_ARGS ?=
COVERAGE_ARGS ?=
FUZZ_ARGS ?=
FAILING_ARGS ?=
CRASHING_ARGS ?=
KILLS ?= 200
KILLS_ARGS ?=
SECONDS ?= 1800
SOAK_ARGS ?=
# The name under which Debian, Ubuntu and others install the browser.
CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run demo ## Start the console (PORT, ETL_HOME), on demo data when there is none
	@exec env PORT="$(PORT)" ETL_HOME="$(ETL_HOME)" $(BIN)/python app.py

install: $(VENV)/.run ## Create .venv and install what the console and the engine need

demo: $(VENV)/.run ## Write demo data into ETL_HOME/data when it is empty
	@$(BIN)/python -m etl_batch.demo "$(ETL_HOME)/data" --if-empty

test: $(VENV)/.dev chromium ## Run every test, the browser's too (PYTEST_ARGS)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

fuzz: $(VENV)/.dev ## Damage files of every format for five minutes, with other seeds each time (FUZZ_ARGS)
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

failing-io: $(VENV)/.dev ## Let every call of the system in a run fail once with each error, for docs/reliability.md (FAILING_ARGS)
	$(BIN)/python benchmarks/failing_io.py $(FAILING_ARGS)

crashing-disk: $(VENV)/.dev ## Cut the power after each call of a run, on a disk that loses what was not synced (CRASHING_ARGS)
	$(BIN)/python benchmarks/crashing_disk.py $(CRASHING_ARGS)

kills: $(VENV)/.dev ## Kill the engine 200 times (KILLS) and go on from what it leaves, for docs/reliability.md (KILLS_ARGS)
	$(BIN)/python benchmarks/kills.py --kills $(KILLS) $(KILLS_ARGS)

soak: $(VENV)/.dev ## Run for half an hour (SECONDS) under faults at random, and see that nothing grows or is wrong (SOAK_ARGS)
	$(BIN)/python benchmarks/soak.py --seconds $(SECONDS) $(SOAK_ARGS)

try-fresh: ## Run and test a clone of HEAD on a fresh Debian, as root (SUITE, PYTEST_ARGS)
	@PYTEST_ARGS='$(PYTEST_ARGS)' .ci/try-fresh "$(SUITE)"

chromium: # Without a browser the browser tests are skipped, and under CI=true they fail.
	@if ! { $(CHROMIUM); } >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends chromium; } </dev/null >/dev/null || true; \
	fi
	@if ! { $(CHROMIUM); } >/dev/null; then \
		echo; echo "*** NO CHROMIUM: the browser tests cannot run. Install it (apt install chromium) and run again. ***"; echo; \
	fi >&2

check: $(VENV)/.dev ## Check format, lint, types and architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and fix what can be fixed without thinking
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure beside other tools, by workers and by stage, for docs/performance.md (BENCH_ARGS)
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

bench-console: $(VENV)/.dev chromium ## Measure the console under load and write it into docs/performance.md (CONSOLE_ARGS)
	$(BIN)/python benchmarks/console.py $(CONSOLE_ARGS)

bench-audit: $(VENV)/.dev ## Measure the audit log: appends, a million records verified and exported (AUDIT_ARGS)
	$(BIN)/python benchmarks/audit.py $(AUDIT_ARGS)

screens: $(VENV)/.dev chromium ## Take the pictures of every screen for docs/ in a real browser (SCREENS_ARGS)
	$(BIN)/python docs/screens/take.py $(SCREENS_ARGS)

bench-analytics: $(VENV)/.dev ## Measure what the estimates cost of a pass, for docs/performance.md (ANALYTICS_ARGS)
	$(BIN)/python benchmarks/analytics_cost.py $(ANALYTICS_ARGS)

bench-cluster: $(VENV)/.dev ## Measure a run on a Dask cluster beside one on this machine, for docs/scale.md (CLUSTER_ARGS)
	$(BIN)/python benchmarks/cluster.py $(CLUSTER_ARGS)

bench-explorer: $(VENV)/.dev ## Measure the explorer against DuckDB on the whole file, for docs/analytics.md (EXPLORER_ARGS)
	$(BIN)/python benchmarks/explorer.py --write $(EXPLORER_ARGS)

coverage-study: $(VENV)/.dev ## Measure how often the intervals hold and write it into docs/analytics.md (COVERAGE_ARGS)
	$(BIN)/python benchmarks/coverage_study.py $(COVERAGE_ARGS)

requirements: $(VENV)/.dev ## Lock pyproject.toml's dependencies into requirements*.txt
	$(COMPILE) pyproject.toml --output-file requirements.txt >/dev/null
	$(COMPILE) etl_batch/requirements-etl.in --constraint requirements.txt --python-version 3.11 --output-file etl_batch/requirements-etl.txt >/dev/null
	$(COMPILE) --extra dev pyproject.toml --output-file requirements-dev.txt >/dev/null
	$(COMPILE) etl_batch/requirements-etl.in requirements-cluster.in --constraint requirements-dev.txt --python-version 3.11 --output-file requirements-cluster.txt >/dev/null
	$(COMPILE) requirements-audit.in --output-file requirements-audit.txt >/dev/null
	@echo "Now 'make licences', which reads the packages that are installed."

licences: $(VENV)/.dev $(VENV)/.audit ## List the licence of every locked package in docs/licences.md
	@PYTHONPATH="$$($(AUDIT_VENV)/bin/python -c 'import site; print(site.getsitepackages()[0])')" \
		$(BIN)/python -m supply.licences

sbom: $(VENV)/.dev ## Write the bill of materials, CycloneDX in JSON, to build/sbom.cdx.json
	$(BIN)/python -m supply.sbom build/sbom.cdx.json

pip-audit: $(VENV)/.audit ## Hold the locked packages against the known advisories
	@$(BIN)/python -m supply.advisories $(AUDIT_VENV)/bin/pip-audit

clean: ## Remove caches and builds; data, outputs, reports and .venv stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: requirements.txt $(BIN)/python
	@echo "Installing the requirements into $(VENV); later starts skip this."
	@$(PIP) --require-hashes -r requirements.txt
	@$(BIN)/python -m etl_batch.kernels
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(BIN)/python
	@echo "Installing the development requirements into $(VENV); later calls skip this."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m etl_batch.kernels
	@touch $@

# pip-audit brings packages of its own, which the console's are not to be mixed with.
$(VENV)/.audit: requirements-audit.txt $(BIN)/python
	@$(BIN)/python -m venv $(AUDIT_VENV)
	@$(AUDIT_VENV)/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Order matters: a plain `python3` first, then the versions that are known to work.
$(BIN)/python:
	@for python in $${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then \
			if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
				echo "$$python cannot create virtual environments: run 'apt install python3-venv', then make again." >&2; \
				exit 1; \
			fi; \
			echo "Creating $(VENV) with $$python."; \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "No Python from 3.11 to 3.14 found: install one, or name it with 'make PYTHON=/path/to/python3 ...'." >&2; \
	exit 1
