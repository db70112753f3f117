# Two commands do everything: `make demo` and `make test`.
# PYTHON names the interpreter that makes .venv; 3.11 or newer.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# Workers for the tests; two cores are enough for the whole of it.
JOBS ?= 2

.PHONY: demo test lint types boundaries pytest lock clean

demo: export FINTECH_CONFIG =
demo:
	@$(PYTHON) deploy/install.py $(VENV) runtime.txt
	@$(RUN)/fintech backfill
	@$(RUN)/fintech tick
ifndef ONCE
	@$(RUN)/fintech up
endif

test: lint types boundaries pytest

$(VENV)/dev:
	@$(PYTHON) deploy/install.py $(VENV) dev.txt

lint: $(VENV)/dev
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .

types: $(VENV)/dev
	@$(RUN)/mypy

boundaries: $(VENV)/dev
	@$(RUN)/lint-imports

pytest: $(VENV)/dev
	@$(RUN)/pytest -n $(JOBS)

# Writes the lock files anew; they hold hashes and no address.
COMPILE := $(RUN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock: $(VENV)/dev
	@cd requirements && ../$(COMPILE) install.in -o install.txt
	@cd requirements && ../$(COMPILE) ../pyproject.toml -c install.txt -o runtime.txt
	@cd requirements && ../$(COMPILE) ../pyproject.toml -c install.txt -c runtime.txt --extra dev -o dev.txt

clean:
	rm -rf $(VENV) $(VENV).lock .fintech build .pytest_cache .mypy_cache .ruff_cache
