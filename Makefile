# Everything a developer or CI runs. `make` alone prints this list.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
ROLE ?= business
N ?= 100000
LISTINGS ?= 40000
ARGS ?=

# Targets wait for the locked requirements; .venv/.installed is older than the lock when they changed.
INSTALLED := .venv/.installed
PY := .venv/bin/python

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.txt
	@PYTHON=$(PYTHON) sh local/venv.sh .venv

# `exec` leaves python as the child of make itself. GNU make passes SIGTERM on to its children and waits
# for them, and Ctrl-C reaches the whole process group, so either ends everything in order. It does not
# pass on a SIGINT or SIGHUP sent to make alone. When make is killed outright, setpriv (util-linux) has
# had the kernel promise python a SIGTERM.
FOLLOW = $$(command -v setpriv >/dev/null && echo setpriv --pdeathsig TERM)

.PHONY: run
run: $(INSTALLED) ## Serve the whole suite on this machine (PORT=8080, DATA_DIR=.local/data, CLOUD=emulators)
	@exec $(FOLLOW) $(PY) -m local run

.PHONY: test
test: $(INSTALLED) ## Run the tests on a throw-away database (ARGS="-n 0 -x tests/local")
	@$(PY) -m pytest $(ARGS)

.PHONY: emulators
emulators: $(INSTALLED) ## Install Firebase's emulator and client from npm, for tests/emulators (600 MB)
	@$(PY) -m local.emulators.firebase

.PHONY: check
check: $(INSTALLED) ## Do exactly what CI does: lint, types, imports, generated files, scans, tests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m functions check
	$(PY) -m local scan
	$(MAKE) --no-print-directory test

.PHONY: token
token: $(INSTALLED) ## Print a signed token (ROLE=business)
	@$(PY) -m local token $(ROLE)

.PHONY: seed
seed: $(INSTALLED) ## Load listings into the local database (N=100000)
	@$(PY) -m local seed $(N)

.PHONY: journey
journey: $(INSTALLED) ## Play the main job against the running suite
	@$(PY) -m local journey

.PHONY: bench
bench: $(INSTALLED) ## Measure what a request and a cold start cost (ARGS=scale: 5,000 listings beside 500,000; ARGS=blocks: what hides; ARGS=suggestions, =messages: a million)
	@$(PY) -m bench $(ARGS)

.PHONY: chaos
chaos: $(INSTALLED) ## Write 10,000 times while everything is killed; nothing is lost (ARGS="--writes 500 --kills 20")
	@$(PY) -m tests.chaos $(ARGS)

.PHONY: chaos-desk
chaos-desk: $(INSTALLED) ## Have 20 agents come, go and vanish while 1,000 chats wait (CHATS=1000 AGENTS=20)
	@DESK_CHATS=$(or $(CHATS),1000) DESK_AGENTS=$(or $(AGENTS),20) DESK_WORKERS=4 \
		$(PY) -m pytest -n 0 -s -q tests/chaos/test_desk.py

.PHONY: chaos-messages
chaos-messages: $(INSTALLED) ## Write 10,000 messages while functions die and Firestore fails (ARGS="--messages 500 --kills 20")
	@$(PY) -m tests.chaos messages $(ARGS)

.PHONY: restore-drill
restore-drill: $(INSTALLED) ## Back up, lose and restore a database of 300 MB (LISTINGS=40000)
	@$(PY) -m local drill $(LISTINGS) $(ARGS)

.PHONY: write
write: $(INSTALLED) ## Regenerate the files that are printed from the code
	@$(PY) -m functions write

.PHONY: fmt
fmt: $(INSTALLED) ## Format the code and mend what ruff can mend
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix

# Releases younger than a week stay out: a bad one is usually withdrawn by then.
.PHONY: lock
lock: $(INSTALLED) ## Lock both requirements files again, with releases at least a week old
	@week=$$(date -u -d '7 days ago' +%Y-%m-%dT00:00:00Z) && for name in requirements requirements-dev; do \
		.venv/bin/uv pip compile --quiet --upgrade --python-version 3.11 --exclude-newer $$week \
			--only-binary :all: --generate-hashes --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make lock" --output-file $$name.txt $$name.in || exit 1; \
	done

.PHONY: clean
clean: ## Remove caches; .venv and the local database stay
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage .coverage.*
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
