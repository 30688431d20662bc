# Every target sets itself up: a virtual environment in the tree, pinned and hashed packages, stamps in .venv
# so that nothing is done twice. `make help` lists the targets.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
UV := $(BIN)/uv --quiet
PROJECTS := pyproject.toml packaging/verify/pyproject.toml packaging/verify/build.py
SYNC := $(UV) pip sync --python $(BIN)/python --require-hashes
EDITABLE := $(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable packaging/verify --editable .
COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-emit-package tallystick-verify

# A development environment can serve as well; without one, the first start installs what it runs and no more.
RUNTIME := $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.run)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check fix bench soak mutants fuzz wheels lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(RUNTIME) ## serve on http://127.0.0.1:8017 with the data in ./var
	@exec $(BIN)/tallystick serve --home ./var $(ARGS)

test: check .venv/.broker ## everything CI asks for; ARGS="-k merkle" narrows the tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: .venv/.dev ## lint, format, types, import rules; changes nothing
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

fix: .venv/.dev ## repair what ruff can repair
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.dev .venv/.broker ## measure, and write docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/.dev .venv/.broker ## the long forms: every kill, many examples; hours, not minutes
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m soak -o faulthandler_timeout=0 $(ARGS)
	@$(BIN)/python -m pytest -n 2 --dist worksteal --hypothesis-profile=soak -o faulthandler_timeout=0 tests/property

mutants: .venv/.dev ## switch each guard off in turn; the tests must notice
	@$(BIN)/python -m tests.support.mutants $(ARGS)

fuzz: .venv/.fuzz ## feed the verifier changed bytes for ten minutes; ARGS="--seconds=30 zip" less
	@$(BIN)/python -m tests.fuzzing $(ARGS)

wheels: .venv/.dev ## build dist/tallystick-*.whl and dist/tallystick_verify-*.whl
	@cd packaging/verify && ../../$(BIN)/python -m hatchling build --target wheel --directory ../../dist
	@$(BIN)/python -m hatchling build --target wheel --directory dist

lock: .venv/.uv ## pin again after a change to pyproject.toml; ARGS=--upgrade moves the pins
	@$(COMPILE) pyproject.toml --group dev --extra pkcs11 $(ARGS) --output-file requirements/dev.txt
	@$(COMPILE) pyproject.toml --constraints requirements/dev.txt --output-file requirements/run.txt
	@$(COMPILE) --group pyproject.toml:fuzz --constraints requirements/dev.txt $(ARGS) --output-file requirements/fuzz.txt
	@$(COMPILE) requirements/bootstrap.in --constraints requirements/dev.txt $(ARGS) --output-file requirements/bootstrap.txt

clean: ## remove environments, caches and builds; ./var, the ledger, stays
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# --- how an environment comes to be -------------------------------------------------------------------------

# Debian's python3 can make half an environment when python3-venv is missing: ask for ensurepip first.
.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo 'Python 3.11 or newer is needed. On Debian:  apt-get install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed; choose one with:  make PYTHON=python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python cannot make virtual environments. On Debian:  apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# pip is needed once, for the installer and the build back end, by hash.
.venv/.uv: requirements/bootstrap.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

.venv/.dev: requirements/dev.txt $(PROJECTS) .venv/.uv
	@$(SYNC) requirements/bootstrap.txt requirements/dev.txt
	@$(EDITABLE)
	@rm -f .venv/.run
	@touch $@

# Before the tests, so that no download counts against their time. Without Java or Maven they say what is missing.
.venv/.broker: tests/broker/pom.xml tests/support/jars.py .venv/.dev
	@$(BIN)/python -m tests.support.jars && touch $@ || true

.venv/.run: requirements/run.txt $(PROJECTS) .venv/.uv
	@$(SYNC) requirements/bootstrap.txt requirements/run.txt
	@$(EDITABLE)
	@touch $@

.venv/.fuzz: requirements/fuzz.txt .venv/.dev
	@$(UV) pip install --python $(BIN)/python --require-hashes -r $< || echo 'no atheris here: changes at random'
	@touch $@
