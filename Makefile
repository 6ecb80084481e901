# Needs GNU make 3.81 or newer and Python 3.11 or newer; everything else is installed below this folder.
# ARGS adds arguments:  make test ARGS="-k orders"   make up ARGS="--split"
# PYTHON names the interpreter:  make setup PYTHON=python3.12

.DEFAULT_GOAL := help
.PHONY: help setup up web test test-slow chains chaos test-chains test-web screenshots check bench docs clean FORCE

PYTHON ?=
ARGS ?=
SEED ?= 1
ROUNDS ?= 50
REPORT ?= chaos-report
# Minutes of waiting for blocks, for whole families of processes, and for what was killed to come back.
SLOW := tests/chains tests/chaos tests/e2e tests/integration/cli/test_bench.py
# What runs on any node of the Bitcoin family, and runs on bitcoind too where there is one.
FAMILY := bitcoin_reader reader_contract payout_chain_contract scan_blocks litecoin_deposits litecoin_pool litecoin_payouts litecoin_sweeps restored_database
ON_BITCOIND = ! command -v bitcoind >/dev/null || TEST_NODE=bitcoind $(RUN) pytest $(FAMILY:%=tests/chains/test_%.py)
STAMP := .venv/.installed
RUN := .venv/bin/python -m
# Where the machine has no Node, the one that tools/build_web.py has installed is used.
WITH_NODE := PATH="$$PATH:$(CURDIR)/.venv/bin"

export UV_PYTHON_DOWNLOADS := never
UV_HTTP_TIMEOUT ?= 300
export UV_HTTP_TIMEOUT
unexport VIRTUAL_ENV

help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Install Pyxiu and its tools into .venv (fast when nothing changed)
	@echo "Ready. Try: make up"

up: $(STAMP) ## Start a demo exchange on http://localhost:8000; CHAINS=1 with private chains and a faucet
	@.venv/bin/python tools/build_web.py --soft
	@.venv/bin/pyxiu up --demo $(if $(CHAINS),--chains) $(ARGS)

web: $(STAMP) ## Build the trading terminal, if its sources have changed
	@.venv/bin/python tools/build_web.py

test: $(STAMP) ## Run the tests, but for the slow ones below
	@$(RUN) pytest -n 2 --dist loadgroup $(addprefix --ignore=,$(SLOW)) $(ARGS)

test-slow: chains ## Run the tests of whole processes, against real nodes of chains, and that kill services under load
	@$(RUN) pytest -n 2 --dist loadgroup $(SLOW) $(ARGS)
	@$(ON_BITCOIND)

test-chains: chains ## Run the tests against real nodes of chains (litecoind, anvil; bitcoind where it is installed)
	@$(RUN) pytest -n 2 --dist loadgroup tests/chains $(ARGS)
	@$(ON_BITCOIND)

chains: $(STAMP) ## Install the nodes of chains that tests run
	@sh tools/install_chains.sh

test-web: web ## Test the trading terminal: types, units, and a browser against a running exchange
	@cd web && $(WITH_NODE) npm run --silent types
	@cd web && $(WITH_NODE) npm run --silent openapi -- --check
	@cd web && $(WITH_NODE) npm test --silent
	@cd web && $(WITH_NODE) npm run --silent e2e -- $(ARGS)

screenshots: web ## Take pictures of the terminal's pages into web/screenshots
	@cd web && $(WITH_NODE) node e2e/screenshots.mjs $(ARGS)

chaos: $(STAMP) ## Kill services at random under load and write a report: SEED=1 ROUNDS=50 REPORT=chaos-report
	@$(RUN) tests.chaos --seed $(SEED) --rounds $(ROUNDS) --report $(REPORT) $(ARGS)

check: $(STAMP) ## Check format, lint, types, layers and architecture rules
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@.venv/bin/lint-imports --no-logo
	@$(RUN) pytest -q tests/architecture
	@! docker compose version >/dev/null 2>&1 || POSTGRES_PASSWORD=x RABBITMQ_PASSWORD=x \
		docker compose -f deploy/compose/compose.yaml --profile chains config -q

bench: $(STAMP) ## Run the benchmarks and print their figures
	@.venv/bin/pyxiu bench all $(ARGS)

docs: $(STAMP) ## Check links and commands in the documentation
	@$(RUN) pytest -q tests/architecture/test_docs.py
	@echo "Start reading at docs/tour.md; the list of pages is in README.md."

clean: ## Remove everything that was installed or cached (not your data)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	rm -rf web/node_modules web/screenshots src/pyxiu/web_dist
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds the folder it was made for: an environment that was copied or moved along is made anew.
# A PYTHON that was named is always looked at, since it may be another one than before.
ifneq ($(shell cat $(STAMP) 2>/dev/null)$(PYTHON),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): pyproject.toml uv.lock tools/bootstrap_uv.py
	@test "$$(cat $(STAMP) 2>/dev/null)" = "$(CURDIR)" || rm -rf .venv
	@python="$$(PYTHON='$(PYTHON)' sh tools/find_python.sh)" && \
		"$$python" tools/bootstrap_uv.py && \
		.tools/bin/uv sync --frozen --python "$$python"
	@printf '%s\n' "$(CURDIR)" > $(STAMP)
