# `make demo` and `make test` do all their own set-up. Needs: Python 3.11 or later with venv, make.
.DEFAULT_GOAL := help
.PHONY: help demo test torture accessibility fuzz lint format pins messages picture clean
PYTHON ?= python3
# One more than there are processors: tests wait for browsers and servers.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
BIN := .venv/bin

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: .venv/run.ready  ## Run the whole chain on simulated people (ONCE=1 ends after the report, PORT=8010 moves it)
	@$(BIN)/mittari demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: .venv/test.ready  ## Run every test, in a real browser and over a real PostgreSQL too (WORKERS=1: one after another)
	@$(BIN)/python tests/browser/chromium.py
	@$(BIN)/python tests/stores/postgresql.py
	@$(BIN)/python tests/deploy/debian.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

torture: .venv/test.ready  ## Kill, cut off, fill and break what the collector stands on, for half an hour (KILLS=200 CUTS=400)
	@$(BIN)/python tests/stores/postgresql.py
	@KILLS=$(or $(KILLS),200) CUTS=$(or $(CUTS),400) $(BIN)/python -m pytest tests/crash -m "" $(ARGS)

accessibility: .venv/accessibility.ready  ## Look at every page in every language and state, as docs/accessibility.md says
	@$(BIN)/python tests/browser/chromium.py
	@$(BIN)/python -m pytest tests/accessibility tests/browser/test_pages.py tests/browser/test_desk_pages.py tests/analysis/test_report_browser.py -m "" $(ARGS)

fuzz: .venv/test.ready  ## Look for input that breaks something, five minutes for each target (MINUTES=60 looks longer)
	@$(BIN)/python tests/stores/postgresql.py
	@FUZZ=$(or $(MINUTES),5) $(BIN)/python -m pytest tests/fuzzing tests/stores/test_stateful.py -m "" $(ARGS)

lint: .venv/test.ready  ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/test.ready  ## Bring the code into the common style
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

messages: .venv/test.ready  ## Collect the interface messages again, for translators
	@$(BIN)/python site_templates/messages/collect

picture: .venv/test.ready  ## Make the picture of the README again
	@$(BIN)/python tests/browser/chromium.py
	@$(BIN)/python docs/picture.py

pins: .venv/test.ready  ## Choose the newest versions that pyproject.toml allows
	@$(BIN)/python -m pip install --quiet uv
	@for set in run "stores --extra login --extra objects --extra postgresql --extra sealing" "test --extra test" "accessibility --extra test --extra accessibility"; do \
	  set -- $$set; name=$$1; shift; \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --extra setup "$$@" pyproject.toml --output-file requirements/$$name.txt; done
	@for name in aws-lambda azure-functions container google-cloud-functions; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --constraint requirements/test.txt --group $$name \
	    --output-file requirements/$$name.txt; done

clean:  ## Remove the environment and all that was made
	rm -rf .venv var *.egg-info

.venv/%.ready: requirements/%.txt pyproject.toml deploy/checkout/set-up
	@PYTHON="$(PYTHON)" deploy/checkout/set-up $*
