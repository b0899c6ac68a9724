# From run archives to every figure, table, number and the paper. `make help` lists
# the targets; CONTRIBUTING.md tells how the build is laid out.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.DEFAULT_GOAL := help

# Folders, named once.
code := code
package := $(code)/value_scaling
locks := $(code)/locks
venv := .venv

# The Python that runs everything: an environment made from the lock on first use,
# or the caller's own (make PYTHON=python ...), in which nothing is then installed.
ACCEL ?= cpu
lock_files := $(locks)/cpu.txt $(if $(filter cuda12,$(ACCEL)),$(locks)/cuda12.txt)
PYTHON ?= $(venv)/bin/python
ready := $(if $(filter $(venv)/bin/python,$(PYTHON)),$(venv)/.ready)

.PHONY: help setup lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(ready) ## the Python environment, from the lock (ACCEL=cuda12 adds CUDA)
	@echo "$(PYTHON): $$($(PYTHON) --version)"

$(venv)/.locked: $(lock_files)
	@make/setup.sh $(venv) $(lock_files)

$(venv)/.ready: $(venv)/.locked $(code)/pyproject.toml
	@$(venv)/bin/python -m pip install --disable-pip-version-check --quiet \
	    --no-deps --no-build-isolation --no-index -e $(code)
	@touch $@

UV ?= uv
UPGRADE ?=
compile := $(UV) pip compile pyproject.toml --quiet --universal --fork-strategy fewest \
	--python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header
lock: ## resolve code/locks anew with uv (UPGRADE=--upgrade: newest versions)
	cd $(code) && $(compile) $(UPGRADE) --extra train --extra dev -o locks/cpu.txt
	mkdir -p build
	cd $(code) && $(compile) --extra train --extra dev --extra cuda12 \
	    -c locks/cpu.txt -o ../build/all.txt
	awk 'NR == FNR { if (/^[a-z]/) seen[$$1]; next } \
	    /^[a-z]/ { keep = !($$1 in seen) } keep' \
	    $(locks)/cpu.txt build/all.txt > $(locks)/cuda12.txt.part
	mv $(locks)/cuda12.txt.part $(locks)/cuda12.txt
