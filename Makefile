# Everything sets itself up: a virtual environment in .venv, then what the target needs.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check understanding

help: ## Show what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: .venv/ready ## Run it all on this machine, with phones in the browser
	$(BIN)/python -m gateway demo $(DEMO)

test: .venv/ready-for-tests ## Run the tests, on SQLite and (where it is found) on PostgreSQL
	$(BIN)/python -m pytest -n auto $(TESTS)

check: .venv/ready-for-tests ## Look at style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

understanding: .venv/ready-for-tests ## Report how well messages are understood
	$(BIN)/python -m flows.understanding.report

.venv/ready: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/ready-for-tests: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
