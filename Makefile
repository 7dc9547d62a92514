# Florilegium. `make` alone says what there is. Everything sets itself up: only Python (3.11 to 3.13) and make are needed.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
GOAL   := $(firstword $(filter ablate tune benchmark,$(MAKECMDGOALS)) curate)
CONFIG ?= configs/$(GOAL)/demo.yaml
MODEL  ?=
RUNS   ?= runs
ARGS   ?=
SECONDS ?= 60
SEED   ?=
DATA   ?=
STOCK  ?= .venv-stock
DOLMA  ?= .venv-dolma
PEERS  := src/florilegium/speed/peers

.DEFAULT_GOAL := help
.PHONY: help setup pipeline ablate tune benchmark speed test test-faults torture check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make pipeline CONFIG=configs/curate/demo.yaml [RUNS=runs] [ARGS='--workers 2']"

setup: $(VENV)/.installed ## create the virtual environment (done by itself when needed)

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (once, a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[datatrove-blocks]'
	@touch $@

$(VENV)/.installed-ablate: $(VENV)/.installed
	@echo "Installing torch and transformers (once, some minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[datatrove-blocks,ablate]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[datatrove-blocks,ablate,test,check]'
	@touch $@

pipeline: $(VENV)/.installed ## run a recipe from raw sources to a release: CONFIG=...
	@$(BIN)/python -m florilegium.pipelines.curate $(CONFIG) --runs $(RUNS) $(ARGS)

ablate: $(VENV)/.installed-ablate ## answer a question by training small models: CONFIG=configs/ablate/demo.yaml
	@$(BIN)/florilegium ablate $(CONFIG) --runs $(RUNS) $(ARGS)

tune: $(VENV)/.installed-ablate ## search rules and bounds, leave a tuned recipe: CONFIG=configs/tune/demo.yaml
	@$(BIN)/florilegium tune $(CONFIG) --runs $(RUNS) $(ARGS)

benchmark: $(VENV)/.installed-ablate ## score a model folder: MODEL=... CONFIG=configs/benchmark/blimp.yaml
	@$(BIN)/florilegium benchmark $(MODEL) $(CONFIG) $(ARGS)

speed: $(VENV)/.installed $(STOCK)/.installed $(DOLMA)/.tried ## measure beside stock datatrove: [DATA='crawl/*.warc.gz'] [ARGS='--rows signals']
	@$(BIN)/florilegium speed $(if $(DATA),--data '$(DATA)') --stock $(STOCK) --dolma $(DOLMA) $(ARGS)

# stock datatrove wants a trafilatura that this project must not have
$(STOCK)/.installed: $(PEERS)/stock.txt
	@echo "Setting up $(STOCK) for stock datatrove (once, a few minutes) ..."
	@test -x $(STOCK)/bin/python || $(PYTHON) -m venv $(STOCK)
	@$(STOCK)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# optional: where Dolma cannot be installed its row says so
$(DOLMA)/.tried: $(PEERS)/dolma.txt
	@echo "Setting up $(DOLMA) for Dolma's taggers (once, some minutes) ..."
	@test -x $(DOLMA)/bin/python || $(PYTHON) -m venv $(DOLMA)
	@$(DOLMA)/bin/python -m pip install --quiet --disable-pip-version-check -r $< || echo "Dolma cannot be installed here; its row will say so"
	@touch $@

test: $(VENV)/.installed-test ## run the tests
	@$(BIN)/python -m pytest -m 'not long' $(ARGS)

test-faults: $(VENV)/.installed-test ## run the tests of faults that take minutes
	@$(BIN)/python -m pytest -m long $(ARGS)

torture: $(VENV)/.installed-test ## break runs at random: SECONDS=1200 [SEED=7] [ARGS='--faults kill_run --count 200']
	@$(BIN)/python -m tests.faults.torture --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

check: $(VENV)/.installed-test ## ruff, mypy and the fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy && $(BIN)/python -m pytest -m 'not slow and not long' $(ARGS)

clean: ## remove what was built, never a run
	rm -rf $(VENV) $(STOCK) $(DOLMA) build dist src/*.egg-info
