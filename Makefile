# Every task of the project; each first makes the virtual environment .venv when it is missing or out of date.
.DEFAULT_GOAL := help
.PHONY: help setup demo up test check bench soak requirements messages lock
PY := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## the virtual environment .venv with everything in it, from the lock file (PYTHON=… chooses the interpreter)
	@sh scripts/bootstrap.sh

demo: setup ## complaints, after-sales cases and inquiries walk from receive to review on real servers, then everything stops
	@$(PY) -m worker.main demo

up: setup ## PostgreSQL, Temporal with its UI and the worker, until Ctrl-C
	@$(PY) -m worker.main up

test: setup ## all tests, on real servers, two at a time (ARGS="-k name" chooses, "-n 0" is one after the other)
	@$(PY) -m pytest -n $(or $(N),2) --dist worksteal $(ARGS)

check: setup ## style, types, and who may import whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/test_architecture.py

bench: setup ## measure commands per second against a bare workflow and raw inserts (ARGS=… is passed on)
	@$(PY) -m bench $(ARGS)

soak: setup ## the tests of faults and of chance again and again (ROUNDS=30)
	@CASEFOLD_ROUNDS=$(or $(ROUNDS),30) $(PY) -m pytest -m soak $(ARGS)

requirements: setup ## which rows of the requirements have tests, and which have none
	@$(PY) scripts/requirements.py

messages: setup ## collect the texts that people read and compile their translations
	@$(PY) -m console.messages

lock: setup ## resolve the dependencies anew into the lock files (UPGRADE=--upgrade takes the newest)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
	@sh scripts/lock.sh $(UPGRADE)
