# The course's commands. `make` alone lists them; each creates what it needs on first use.
# Kept within GNU make 3.81, the one that macOS ships.

# Options, given after a command, as in: make lab PYTHON=python3.12
PYTHON ?= python3
TORCH_INDEX ?=
CPU_INDEX ?= https://download.pytorch.org/whl/cpu
export DIR ?= course
ARGS ?=

# The stamps carry the folder's own name, because a moved folder must be installed again.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
COURSE := .venv/course-$(HERE)
TOOLS := .venv/tools-$(HERE)

RUN := .venv/bin/python -m
# /tmp is in memory on many machines, and too small for 3 GB of downloads.
INSTALL := torch=$$(.venv/bin/python scripts/torch_index.py '$(TORCH_INDEX)' '$(CPU_INDEX)') && \
	TMPDIR="$$(pwd)/.venv" $(RUN) pip install --constraint constraints.txt $$torch
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab doctor demo course site test attack bench adequacy wheel constraints

help: ## list the commands and options
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Options, written after a command:"
	@echo "  PYTHON=python3.12   the Python to build .venv with, 3.11 or newer"
	@echo "  TORCH_INDEX=pypi    PyTorch from PyPI, or from the package index at an address;"
	@echo "                      else without CUDA where Linux shows no NVIDIA GPU: far smaller"
	@echo "  DIR=.               the folder that make lab opens, instead of course/"
	@echo "  ARGS='...'          further arguments for JupyterLab, pytest or the command"

lab: $(COURSE) ## open the course in JupyterLab
	$(RUN) jupyterlab --ServerApp.root_dir="$$DIR" $(AS_ROOT) $(ARGS)

doctor: $(COURSE) ## check this machine and say what is missing
	@$(RUN) rcnn_course.cli doctor $(ARGS)

demo: $(COURSE) ## grade a made-up class, to see the grading loop
	$(RUN) rcnn_course.cli demo $(ARGS)

course: $(COURSE) ## make course/ anew from solutions/
	$(RUN) rcnn_course.cli course $(ARGS)

site: $(TOOLS) ## build the course as pages to read, in build/site
	$(RUN) scripts.site $(ARGS)

test: $(TOOLS) ## run the checks; of slow tests a part, another one each day, and in CI all
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) rcnn_course.cli course --check
	$(RUN) pytest --numprocesses logical --dist loadgroup --no-loadscope-reorder \
		$(if $(CI)$(ARGS),,--in-turn) $(ARGS)

attack: $(TOOLS) ## try what could cheat grading, one row for each kind
	$(RUN) tests.grading.attacks $(ARGS)

bench: $(COURSE) ## measure speed, one row for each benchmark
	$(RUN) benchmarks $(ARGS)

adequacy: $(TOOLS) ## try small edits of all right answers: whether a check that passes means right
	$(RUN) scripts.adequacy --keep $(ARGS)

wheel: $(COURSE) ## build dist/rcnn_course-<version>.whl, which pip can install anywhere
	$(RUN) pip wheel --no-deps --wheel-dir dist .

constraints: ## write constraints.txt from the versions in .venv
	@( echo "# The exact versions that CI tests. Written by: make constraints"; \
	   $(RUN) pip freeze --exclude-editable \
	   | grep -E -v '^(nvidia|cuda|triton)' | sed 's/+cpu$$//' ) > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt

# A stamp is made only after pip has finished, so a command that was interrupted can be repeated.

$(COURSE): pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing the course. The first time takes some minutes."
	@$(INSTALL) --editable . || $(INSTALL_FAILED)
	@touch $@

$(TOOLS): pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing the course and the tools of its tests. The first time takes some minutes."
	@$(INSTALL) --editable '.[test,site]' || $(INSTALL_FAILED)
	@touch $(COURSE) $@

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(OLD_PYTHON)
	@$(PYTHON) -c 'import venv; from ensurepip import bootstrap' 2>/dev/null || $(NO_VENV)
	@echo "Making .venv with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv .venv || $(INSTALL_FAILED)

define OLD_PYTHON
{ echo; \
  echo "The course needs Python 3.11 or newer, and '$(PYTHON)' is not that."; \
  echo "Get it from https://www.python.org/downloads/ or name one that you have:"; \
  echo "    make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12"; exit 1; }
endef

define NO_VENV
{ echo; \
  echo "'$(PYTHON)' cannot make a virtual environment: its module venv is not complete."; \
  echo "On Debian and Ubuntu this installs it:"; \
  echo "    sudo apt install python3-venv"; exit 1; }
endef

define INSTALL_FAILED
{ echo; \
  echo "Installing stopped; the lines above say why. Most often it is one of these:"; \
  echo "  no network    connect, and give the same command again: it goes on from here"; \
  echo "  a full disk   make room (9 GB with CUDA, 3 GB without), then the same command"; \
  echo "  not permitted copy this folder to one of your own, and give the command there"; \
  echo "  a new Python  newer than PyTorch knows: delete the folder .venv, and name an older one:"; \
  echo "                make $(firstword $(MAKECMDGOALS)) PYTHON=python3.13"; \
  echo "If it stops again in the same place, delete the folder .venv and begin anew."; exit 1; }
endef
