# Malha. Two commands: `make demo` shows it, `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help setup demo up down clean check words test unit explore integration system fault browser screenshots bench release audit

PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
BIN := .venv/bin
LOCAL := $(BIN)/python -m deploy.local
# Private servers for a tier that runs alone; `make test` has started them for all tiers.
SERVERS = $(if $(MALHA_TEST_DATABASE_URL),,$(LOCAL) servers --home .local/tests --)
say = @printf '\n\033[1m── %s\033[0m\n' "$(1)"

help: ## show what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; \
	do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: .venv/.ready .venv/node/.ready ## install what is missing: packages, servers, the Python environment

.venv/.ready: requirements-dev.txt pyproject.toml deploy/local/install.sh
	@sh deploy/local/install.sh python servers
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Malha needs Python 3.11 or newer: name one, as in: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Judges from npm: the AsyncAPI schema, axe, an OpenID provider. The demonstration needs none of them.
.venv/node/.ready: tests/support/node/package.json tests/support/node/package-lock.json | .venv/.ready
	@mkdir -p $(@D) && cp $^ $(@D)
	$(BIN)/npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --no-update-notifier
	@touch $@

demo: .venv/.ready ## a live console with what is known and a fictional stream; Ctrl-C stops all of it
	@test -z "$(MONITORING)" || sh deploy/local/install.sh monitoring
	@$(LOCAL) demo

up: .venv/.ready ## the stack in the background (SPLIT=1: three services, a gateway; MONITORING=1: a Prometheus)
	@test -z "$(MONITORING)" || sh deploy/local/install.sh monitoring
	@$(LOCAL) up

down: ## stop the stack; its data stays
	@test ! -x $(BIN)/python || $(LOCAL) down

clean: ## stop the stack and forget its data
	@test ! -x $(BIN)/python || $(LOCAL) clean

check: setup ## style, types, layers, unit tests: no server needed
	$(call say,style)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	$(call say,types)
	@$(BIN)/mypy
	$(call say,layers)
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory unit

test: check ## everything that CI runs
	@sh deploy/local/install.sh browser tests
	@$(LOCAL) servers --home .local/tests -- $(MAKE) --no-print-directory integration system browser

words: setup ## write what the pages say into the catalogues, and name what has no English yet
	@$(BIN)/python -m shared.web.catalogues

# Tests of one server have a virtual host and a database each, and mostly wait: four at a time.
unit: setup
	$(call say,unit tests)
	@$(BIN)/pytest -q -n 2 tests/unit

explore: setup ## unit tests with other examples at each run: what is found becomes a test
	@HYPOTHESIS_PROFILE=explore $(BIN)/pytest -q -n 2 tests/unit

integration: setup
	$(call say,integration tests)
	@$(SERVERS) $(BIN)/pytest -q -n 4 tests/integration

# A file of these breaks a stack of its own.
system: setup
	$(call say,system tests)
	@$(SERVERS) $(BIN)/pytest -q -n 3 --dist loadfile tests/system

# Each folder has a world of its own, of a dozen processes and more: one after the other.
fault: setup ## clusters that lose nodes, failovers, clocks that jump, a great backlog (up to 45 minutes)
	@sh deploy/local/install.sh fault
	$(call say,fault tests)
	@$(SERVERS) $(BIN)/pytest -q tests/fault

browser: setup
	$(call say,browser tests)
	@$(SERVERS) $(BIN)/pytest -q -n 2 tests/browser

# Needs registries that give advisories; ends with 2, and says so, where they do not.
audit: setup ## whether a library is known to be vulnerable: before each release, and each week
	@$(BIN)/python -m deploy.audit

# Its name says which commit it was made of; a wheel alone would not say which packages it was tested with.
release: setup ## what a server or an image is made of, in build/release
	@sh deploy/container/release.sh build/release

screenshots: setup ## every page at three sizes, by day and by night, into build/screenshots (PAGE=/acordos: those alone)
	@sh deploy/local/install.sh browser tests
	@$(SERVERS) $(BIN)/python -m tests.browser.screenshots $(PAGE)

bench: setup ## measure, each figure beside its baseline (minutes)
	@$(BIN)/python -m bench
