# The one door: `make run` for the service, `make test` for the tests, `make check` for everything else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA := $(abspath $(or $(PATHWAY_DATA),.data))
COVERED := protocol scales record steps engine notify
CODE := config pathway tests manage.py
# A share for each core; a file stays whole, as its tests share what they start.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes --requirement
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --no-header --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links
CHROMIUM := $(firstword $(shell command -v chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable))
GET := apt-get install -qq --no-install-recommends
# Brackets keep the pattern from finding itself.
REGISTRIES := [p]ypi\.org|[p]ythonhosted\.org|registry\.[n]pmjs|registry\.[y]arnpkg|^--(extra-)?[i]ndex-url|^--[f]ind-links

.PHONY: run test coverage check types style fix lock docs bench faults screens views chromium clean

run: $(VENV)/run.stamp
	@exec $(BIN)/python manage.py run $(ARGS)

test: $(VENV)/dev.stamp
ifeq ($(CHROMIUM),)
	@echo "No Chromium was found, so the tests marked 'browser' do not run; 'make chromium' (as root) gets one."
	@$(PYTEST) -m "not browser" $(ARGS)
else
	@$(PYTEST) $(ARGS)
endif

# What the tests in a browser and of whole processes run is left out: every branch is to be reached by a test of its own.
coverage: $(VENV)/dev.stamp
	@$(PYTEST) tests --ignore tests/system --cov-branch --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered $(COVERED:%=--cov=pathway.%) $(ARGS)

check: types style

types: $(VENV)/dev.stamp
	@PATHWAY_DEVELOPMENT=true $(BIN)/mypy

style: $(VENV)/dev.stamp
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --quiet --check $(CODE)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py draw_pathway --check
	@$(BIN)/python manage.py write_protocol --check
	@PATHWAY_DEVELOPMENT=false SECRET_KEY="$$(head -c 60 /dev/urandom | base64 -w 0)" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@! git grep -InE '$(REGISTRIES)' || { echo "A tracked file names a package registry."; exit 1; }
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && cp requirements.txt requirements-dev.txt "$$new" && \
		$(COMPILE) -o "$$new/requirements.txt" && \
		$(COMPILE) --group dev -c requirements.txt -o "$$new/requirements-dev.txt" && \
		diff -q requirements.txt "$$new/requirements.txt" && diff -q requirements-dev.txt "$$new/requirements-dev.txt" || \
		{ echo "The lock does not fit pyproject.toml: run 'make lock'."; exit 1; }

fix: $(VENV)/dev.stamp
	@$(BIN)/ruff check --quiet --fix $(CODE)
	@$(BIN)/ruff format --quiet $(CODE)

lock: $(VENV)/dev.stamp
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt

docs: $(VENV)/dev.stamp
	@$(BIN)/python manage.py draw_pathway
	@$(BIN)/python manage.py write_protocol

bench: $(VENV)/run.stamp
	@$(BIN)/python manage.py bench $(ARGS)

# About half an hour: every known fault, on the real processes; writes the table of docs/reliability.md.
faults: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.faults.suite --write $(ARGS)

# The pictures of docs/screens, as the tests in the browser see the pages: those that a document shows.
screens: $(VENV)/dev.stamp
	@SCREENS=docs/screens $(BIN)/python -m pytest $$(grep -l "shot(" tests/system/test_*.py) $(ARGS)
	@for each in docs/screens/*.png; do grep -rq "$$(basename $$each)" README.md docs/guide || rm "$$each"; done

# Every page under every rule of WCAG 2.2 AA at four views: desktop, telephone, 400 % and forced colours.
views: $(VENV)/dev.stamp
	@VIEWS=all $(BIN)/python -m pytest tests/system/test_every_page.py $(ARGS)

# The shell is the browser without windows of its own, in which a fresh profile takes a quarter of the time.
chromium:
ifeq ($(notdir $(CHROMIUM)),chromium-headless-shell)
else ifeq ($(shell id -u),0)
	@apt-get update -qq >/dev/null; export DEBIAN_FRONTEND=noninteractive; $(GET) fonts-liberation >/dev/null; \
		$(GET) chromium-headless-shell >/dev/null || $(or $(CHROMIUM:%=true),$(GET) chromium >/dev/null)
else ifeq ($(CHROMIUM),)
	@echo "'make chromium' installs a Debian package: run it as root."; exit 1
endif

clean:
	@if [ -e "$(DATA)/run.lock" ]; then flock -n "$(DATA)/run.lock" true || \
		{ echo "It is running on $(DATA): stop it first."; exit 1; }; fi
	@cd "$(DATA)" 2>/dev/null && rm -rf postgres valkey sockets programs logs static connection.json *.lock || true
	@rmdir "$(DATA)" 2>/dev/null || true
	@rm -rf "/var/tmp/mscc-pathway-$$(printf %s "$(DATA)" | sha256sum | cut -c1-12)"
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov
	@find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: install it, or name it with 'make $(MAKECMDGOALS) PYTHON=...'."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/pip
	@echo "Installing what the service needs into $(VENV) (once, about 20 seconds)."
	@$(INSTALL) requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/pip
	@echo "Installing what the tests need into $(VENV) (once, about 30 seconds)."
	@$(INSTALL) requirements-dev.txt
	@touch $@
