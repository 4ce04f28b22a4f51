# Every target makes its own virtual environment when it is missing or stale.
PYTHON ?= python3
# On a machine without a GPU: make playground TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export HF_HUB_OFFLINE ?= 1
unexport PYTHONDONTWRITEBYTECODE  # tests start many processes: compile once

.PHONY: playground test test-long lint messages clean

playground: $(READY)
	$(BIN)/atelier playground

test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-long: $(READY)
	$(BIN)/pytest -m "long and not alone" --numprocesses 2 --dist loadfile
	$(BIN)/pytest -m alone

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What members read goes into the catalogues of bot/ui/languages.
messages: $(READY)
	$(BIN)/python -m bot.ui.languages.gather

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) \
		-c constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
