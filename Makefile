# Everything works on a machine with Python 3.11+, make and the package registries; nothing is installed by hand.
# PostgreSQL and Valkey come from wheels unless DATABASE_URL and REDIS_URL are set.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCAL := $(BIN)/python -m config.local
WORKERS ?= auto
SCHEDULES ?= 2000

.PHONY: demo up test bench chaos check client format requirements clean

demo: $(VENV)/local.stamp ## the main job, end to end, on real processes
	@$(LOCAL) demo

up: $(VENV)/local.stamp ## the same stack with the demo's data, left running
	@$(LOCAL) up

test: $(VENV)/dev.stamp ## every test
	@$(LOCAL) servers --fast -- $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

bench: $(VENV)/local.stamp ## the benchmarks, each against its limit or a peer; ONLY=engine runs a part
	@$(BIN)/python -m tests.benchmarks $(ONLY)

chaos: $(VENV)/dev.stamp ## 2,000 schedules of payments (SCHEDULES=0 leaves them out), then the fault run: DURATION=60 (seconds), SEED=7 plays a failing one again
	@$(if $(filter-out 0,$(SCHEDULES)),BILLING_SCHEDULES=$(SCHEDULES) $(LOCAL) servers --fast -- $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal \
	  tests/billing/stripe/test_machine.py >&2)
	@$(BIN)/python -m tests.chaos --duration $(or $(DURATION),60) $(if $(SEED),--seed $(SEED))

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, translations, migrations, API schema, catalogue, typed client
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m config.local.translations --check
	@$(LOCAL) servers --fast -- $(MAKE) --no-print-directory check-django
	@$(MAKE) --no-print-directory check-client

.PHONY: check-django
check-django:
	@$(BIN)/mypy .
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py catalogue --check
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

client: $(VENV)/local.stamp ## a typed Python client from the OpenAPI schema, into .local/client/
	@$(LOCAL) client

.PHONY: check-client
check-client: ## generate it, hold docs/examples/ to its types, and let the example work at a real server
	@$(LOCAL) client
	@MYPYPATH=.local/client $(BIN)/mypy --strict --config-file= docs/examples
	@$(LOCAL) servers --fast -- env CLIENT=.local/client $(BIN)/python -m pytest -q -p no:randomly tests/config/developers/test_client.py

format: $(VENV)/dev.stamp
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

requirements: $(VENV)/dev.stamp ## compile requirements/*.txt anew from pyproject.toml
	@for set in base local dev; do \
	  case $$set in base) extras=;; local) extras="--extra local";; dev) extras="--extra local --extra dev";; esac; \
	  $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	    --no-emit-trusted-host --no-emit-find-links $$extras -o requirements/$$set.txt pyproject.toml || exit 1; done
	@for peer in requirements/peers/*.in; do \
	  $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	    --no-emit-trusted-host --no-emit-find-links -o $${peer%.in}.txt $$peer || exit 1; done

clean: ## forget the local stack's data and the virtualenv
	rm -rf $(VENV) .local

$(VENV)/%.stamp: requirements/%.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing requirements/$*.txt (once) …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@
