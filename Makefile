# Two commands: `make up` installs and runs the product, `make test` installs and passes the tests.
# Needs Python 3.11+ and make.

PYTHON ?= python3
UV_VERSION = 0.13.8
BIN = .venv/bin
# What the screens are made of: a change of it builds them anew.
WEB = $(shell find web -path web/node_modules -prune -o -name __pycache__ -prune -o -name schema.d.ts -prune -o -type f -print)
# Where nothing is kept of what was compiled, each process starts twice as slowly.
export PYTHONDONTWRITEBYTECODE =
# The system knows its own certificates, a company proxy's among them.
INSTALL = $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python

.PHONY: up test test-hostile check bench bench-voice bench-web screenshots evals classifier format lock clean

up: .venv/installed
	@exec $(BIN)/dynaris up

# Much of it waits, for speech above all: more processes than a small machine has cores.
test: .venv/installed-dev
	$(BIN)/pytest -n 4 --dist loadgroup

# What strangers may try, in full: minutes. The quick half of it is part of `make test`.
test-hostile: .venv/installed-dev
	$(BIN)/pytest -n 2 --dist loadgroup -m "hostile or not hostile" tests/hostile tests/core/test_outbound.py \
	  tests/faults tests/channels dynaris/channels tests/app/test_edge.py tests/workspaces/test_tenancy.py tests/people \
	  tests/privacy tests/connections/test_proof.py tests/flows/test_disclosure.py tests/flows/test_transcripts.py \
	  tests/flows/test_form_story.py tests/flows/test_proof_story.py tests/flows/test_watched.py

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_docs.py
	$(BIN)/python scripts/web.py check

bench: .venv/installed-dev
	@$(BIN)/python -m benchmarks

# How soon callers are answered, and what their calls cost.
bench-voice: .venv/installed-dev
	@$(BIN)/python -m benchmarks.voice

# What the screens weigh and how fast they are, in a Chromium that is installed.
bench-web: .venv/installed-dev
	@$(BIN)/python -m benchmarks.web

# Every screen of a demo day, light and dark, for the documentation.
screenshots: .venv/installed-dev
	$(BIN)/python scripts/screenshots.py

# Scripted customers against the agents, with the built-in model and no key; the report is docs/evals.md.
evals: .venv/installed
	@$(BIN)/dynaris evals --out build/evals --report docs/evals.md

# The built-in model's weights, from the sentences in dynaris/classifier/examples; needs scikit-learn, which it fetches.
classifier: .venv/uv
	@$(BIN)/uv run --no-project --python $(BIN)/python scripts/train_classifier.py --check

format: .venv/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/installed-dev
	$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv web/node_modules web/api/schema.d.ts dynaris/app/web_files .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/uv:
	$(PYTHON) -c 'import sys; sys.exit("Dynaris needs Python 3.11 or newer, not " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/installed: .venv/uv requirements.lock pyproject.toml $(WEB)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

.venv/installed-dev: .venv/uv requirements-dev.lock pyproject.toml $(WEB)
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --editable .
	@touch $@ .venv/installed
