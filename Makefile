# Everything a person does with this code, by one word each. `make` alone lists the words.
# Plain sh and GNU make; nothing is installed outside .venv but Chromium, for the browser tests.

SHELL = /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Python keeps what it compiled, also where a machine says otherwise: each process starts a second sooner.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
PORT ?= 8000
# How many processes share the tests, each with its own PostgreSQL and browser: three keep two cores busy, as tests in a
# browser wait half of their time.
WORKERS ?= 3
# Handed on to pytest, bench, chaos, fuzz or mutants: make test ARGS="tests/house -x"
ARGS ?=

PY = $(VENV)/bin/python
UV_VERSION = 0.13.9

# One stamp for each text of a lock file: nothing is asked of pip while the lock stays as it is.
stamp = $(VENV)/.installed-$(1)-$(shell cksum < requirements/$(1).lock | tr ' ' '-')
RUNTIME := $(call stamp,runtime)
DEV := $(call stamp,dev)
# A .venv whose Python has gone (a system upgrade) is made anew, so what its stamps say no longer holds.
$(shell test -x $(PY) || rm -f $(VENV)/.installed-*)

.PHONY: help run test check bench chaos fuzz mutants lock

help: ## List these commands
	@echo "Commands (PORT, WORKERS and ARGS may be given, as in: make run PORT=8001)"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## Start the service with its scheduler and the example council on http://127.0.0.1:8000
	@PORT=$(PORT) exec $(PY) -m commissioning.serve

test: $(DEV) ## Run all tests, on SQLite and on PostgreSQL, and in a browser
	@CHROMIUM="$$(sh .ci/chromium)" && export CHROMIUM && \
	exec $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV) ## Check format, lint, types, imports, templates, security lint and migrations
	@sh .ci/check $(VENV)/bin

bench: $(DEV) ## Measure against hand-written SQL in the same run; writes build/bench.json
	@exec $(PY) -m tests.bench.run $(ARGS)

chaos: $(DEV) ## Kill, race, cut off and fill up, the long way; writes build/chaos.json
	@exec $(PY) -m tests.chaos.run $(ARGS)

fuzz: $(DEV) ## Throw generated requests at the API and the forms, as each role (ARGS=--mutants: take single checks out)
	@CHROMIUM="$$(sh .ci/chromium)" && export CHROMIUM && exec $(PY) -m tests.fuzz.run $(ARGS)

mutants: $(DEV) ## Plant small faults in engine, policy, audit and reminders; the tests must notice (ARGS="--part policy")
	@exec $(PY) -m tests.mutation.run $(ARGS)

lock: $(PY) ## Work out requirements/*.lock anew from requirements/*.in
	@test -x build/uv/bin/uv || { $(PY) -m venv build/uv && build/uv/bin/pip install -qq uv==$(UV_VERSION); }
	build/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 \
	  requirements/runtime.in -o requirements/runtime.lock
	build/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 \
	  -c requirements/runtime.lock requirements/dev.in -o requirements/dev.lock

# The oldest supported Python comes first: the lock files are worked out for it.
$(PY):
	@for name in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14; do \
	  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && found=$$name && break; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>/dev/null || echo no python3)." >&2; \
	  echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name one: make run PYTHON=/path/to/python3.11" >&2; \
	  exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make a virtual environment. Debian, Ubuntu: apt-get install python3-venv" >&2; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)"; \
	$$found -m venv --clear $(VENV)

# $(call install,NAME): the packages of requirements/NAME.lock, and the stamp once all of them are there.
define install
	@echo "Installing the packages of requirements/$(1).lock (once for each new lock file)"
	@$(PY) -m pip install -qq --no-input --disable-pip-version-check --require-hashes \
	  -r requirements/$(1).lock
	@rm -f $(VENV)/.installed-$(1)-* && touch $@
endef

$(RUNTIME): | $(PY)
	$(call install,runtime)

$(DEV): | $(PY)
	$(call install,dev)
