# Needs GNU make 3.81 or newer and Python 3.11 or newer; everything else is installed below this folder.
# ARGS adds arguments:  make test ARGS="-k orders"   make up ARGS="--split"
# PYTHON names the interpreter:  make setup PYTHON=python3.12

.DEFAULT_GOAL := help
.PHONY: help setup up test check bench docs clean FORCE

PYTHON ?=
ARGS ?=
STAMP := .venv/.installed
RUN := .venv/bin/python -m

export UV_PYTHON_DOWNLOADS := never
UV_HTTP_TIMEOUT ?= 300
export UV_HTTP_TIMEOUT
unexport VIRTUAL_ENV

help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Install Pyxiu and its tools into .venv (fast when nothing changed)
	@echo "Ready. Try: make up"

up: $(STAMP) ## Start a demo exchange on http://localhost:8000
	@.venv/bin/pyxiu up --demo $(ARGS)

test: $(STAMP) ## Run all tests
	@$(RUN) pytest -n 2 --dist loadgroup $(ARGS)

check: $(STAMP) ## Check format, lint, types, layers and architecture rules
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@.venv/bin/lint-imports --no-logo
	@$(RUN) pytest -q tests/architecture

bench: $(STAMP) ## Run the benchmarks and print their figures
	@.venv/bin/pyxiu bench all $(ARGS)

docs: $(STAMP) ## Check links and commands in the documentation
	@$(RUN) pytest -q tests/architecture/test_docs.py
	@echo "Start reading at docs/tour.md; the list of pages is in README.md."

clean: ## Remove everything that was installed or cached (not your data)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
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
