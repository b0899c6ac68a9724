# From run archives to every figure, table, number and the paper. `make help` lists
# the targets. The package makes the graph of the analysis. make/build.py reads it, finds
# by content what is stale, and starts a second make to run that.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
.DEFAULT_GOAL := help

# Which archives: published (those that the study files name), or fresh (trained here, see
# make/training.mk). All results of fresh archives are below fresh/.
RUNS ?= $(or $(VALUE_SCALING_RUNS),published)
$(if $(filter published fresh,$(RUNS)),,$(error RUNS=$(RUNS): it must be published or fresh))
export RUNS
export VALUE_SCALING_RUNS := $(RUNS)
below := $(if $(filter fresh,$(RUNS)),fresh/)

# Folders, named only here (make/build.py gets them as variables).
export code := code
export package := $(code)/value_scaling
export locks := $(code)/locks
export zip := data/zip
export derived := $(below)data/derived
export expected := data/expected
export own_studies := data/studies
export notebooks := notebooks
export figures := $(below)figures
export paper := paper
export typeset := $(below)$(paper)
export generated := $(typeset)/generated
export build := $(below)build
venv := .venv

# The Python that runs everything: an environment made from the lock on first use, or
# the caller's own (make PYTHON=python ...), in which nothing is installed.
ACCEL ?= cpu
EXTRAS ?=
lock_files := $(locks)/cpu.txt $(if $(filter cuda12,$(ACCEL)),$(locks)/cuda12.txt) \
	$(if $(EXTRAS),$(locks)/extras.txt)
PYTHON ?= $(venv)/bin/python
export PYTHON
ready := $(if $(filter $(venv)/bin/python,$(PYTHON)),environment,fit-python)
scaling := "$(PYTHON)" -m value_scaling

# Every build makes the same bytes: results depend on no clock, hash order, number of
# threads or user settings. Packages, styles and fonts are those of $(PYTHON).
unexport BASH_ENV CDPATH MATPLOTLIBRC TAR_OPTIONS VALUE_SCALING_ROOT
unexport PYTHONHOME PYTHONOPTIMIZE PYTHONSTARTUP PYTHONWARNINGS
unexport JUPYTER_CONFIG_DIR JUPYTER_CONFIG_PATH JUPYTER_DATA_DIR
unexport TEXINPUTS BIBINPUTS BSTINPUTS
export PYTHONPATH := $(CURDIR)/$(code)
# A file numpy.py in the checkout must not replace NumPy.
export PYTHONSAFEPATH := 1
export PYTHONHASHSEED := 0
export SOURCE_DATE_EPOCH := 1738800000
export FORCE_SOURCE_DATE := 1
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
# glibc keeps the memory of temporary arrays; faulting it in again costs up to a tenth.
export MALLOC_MMAP_THRESHOLD_ := 33554432
export MALLOC_TRIM_THRESHOLD_ := 1073741824
export MPLBACKEND := Agg
# A separate font list: the user's list may name files of a removed checkout.
export MPLCONFIGDIR := $(CURDIR)/$(build)/matplotlib
# Progress bars are for terminals only, not for logs.
ifndef MAKE_TERMERR
export TQDM_DISABLE := 1
endif

analysis := "$(PYTHON)" -ESs make/build.py "$(MAKE)"
# Goals given together run in this order: data, figures, paper, verify.
after = $(filter $(1),$(MAKECMDGOALS))

.PHONY: help setup data figures paper verify docs notebooks test check bench smoke lock \
	clean distclean
.PHONY: environment fit-python

help: ## this list
	@echo "make TARGET [STUDY=name] [RUNS=fresh] [DATA_MIRROR=folder or address] [PYTHON=python]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' \
	    Makefile make/training.mk make/agreement.mk make/image.mk

setup: $(ready) ## the Python environment (ACCEL=cuda12: CUDA; EXTRAS=1: EnvPool, Ray ...)
	@echo "$(PYTHON): $$("$(PYTHON)" --version)"

data: $(ready) ## fetch and check the authors' archives (DATA_MIRROR is asked first)
	@$(scaling) fetch $(if $(DATA_MIRROR),--mirror "$(DATA_MIRROR)")

figures: $(ready) $(call after,clean data) ## all figures, tables and numbers that the archives allow
	@+$(analysis) figures
	@echo "Figures:   $(figures)/ (PDF and PNG; open $(figures)/figure1.png first)"
	@echo "Reports:   $$(find $(figures) -name '*_report.html' | LC_ALL=C sort | paste -s -d ' ') (interactive, to share)"
	@echo "Tables:    $(build)/logs/*.txt, what each stage found"
	@echo "Notebooks: $(build)/notebooks/*.html, executed, with the reasoning"
	@echo "Next:      make paper, make verify"

paper: figures ## the paper, paper/main.pdf
	@make/latex.sh
	@+$(analysis) paper
	@echo "Paper:     $(typeset)/main.pdf"

verify: $(ready) $(call after,clean data figures paper) ## compare published numbers with ours
	@+$(analysis) verify

docs: figures ## the generated parts of README and docs/, and the site, build/site
	@$(scaling) docs
	@$(agreement) page
	@NO_MKDOCS_2_WARNING=1 "$(PYTHON)" -m mkdocs build -d $(build)/site
	@echo "Site:      $(build)/site/index.html"

notebooks: $(ready) $(call after,clean data figures) ## only the executed notebooks, as HTML, also explore.ipynb
	@+$(analysis) notebooks

# The tests of a file run in one process, because they share slow fixtures. At most four
# processes run (ARGS="-n 0": only this one), because each may take more than a gigabyte.
# Processes that tests start import `tests` from the checkout, which a safe path prevents.
test: $(ready) ## the tests (ARGS="-k fetch" goes to pytest)
	@env -u PYTHONSAFEPATH "$(PYTHON)" -m pytest -n auto --maxprocesses 4 --dist loadfile \
	    --no-loadscope-reorder $(ARGS)

sources := $(code)/value_scaling $(code)/agreement tests $(wildcard make/*.py) $(wildcard $(notebooks))
check: $(ready) ## formatting, lint and types
	"$(PYTHON)" -m ruff format --check $(sources)
	"$(PYTHON)" -m ruff check $(sources)
	"$(PYTHON)" -m mypy --config-file $(code)/pyproject.toml $(package)
	"$(PYTHON)" -m mypy --config-file $(code)/pyproject.toml $(code)/agreement

bench: $(ready) ## measure the expensive parts
	@env -u PYTHONSAFEPATH "$(PYTHON)" -m pytest tests/benchmarks $(ARGS)

# This runs in a copy of the tracked files and passes on no settings, to test what a fresh
# clone can do.
fresh_make := env -u MAKEFLAGS -u MAKELEVEL -u PYTHONPATH $(MAKE) -j2 -C $(build)/smoke
smoke: $(ready) ## every step in a fresh copy, on bundled archives or DATA_MIRROR
	@rm -rf $(build)/smoke && mkdir -p $(build)/smoke
	@git ls-files -z | tar --null -cf - -T - | tar -xf - -C $(build)/smoke
	@python=$$(command -v "$(PYTHON)"); mirror="$(DATA_MIRROR)"; \
	case $$python in /*) ;; *) python=$$PWD/$$python ;; esac; \
	case $$mirror in ""|/*|*://*) ;; *) mirror=$$PWD/$$mirror ;; esac; \
	$(fresh_make) PYTHON="$$python" $${mirror:+DATA_MIRROR="$$mirror" data} figures verify

include make/training.mk
include make/agreement.mk
include make/image.mk

UV ?= uv
UPGRADE ?=
compile := $(UV) pip compile pyproject.toml --quiet --universal --fork-strategy fewest \
	--python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header
beyond_cpu = awk 'NR == FNR { if (/^[a-z]/) seen[$$1]; next } \
	    /^[a-z]/ { keep = !($$1 in seen) } keep' \
	    $(locks)/cpu.txt $(build)/all.txt > $(locks)/$(1).txt.part && \
	mv $(locks)/$(1).txt.part $(locks)/$(1).txt
lock: ## resolve code/locks again with uv (UPGRADE=--upgrade: newest versions)
	cd $(code) && $(compile) $(UPGRADE) --extra train --extra dev -o locks/cpu.txt
	mkdir -p $(build)
	cd $(code) && $(compile) --extra train --extra dev --extra cuda12 \
	    -c locks/cpu.txt -o ../$(build)/all.txt
	$(call beyond_cpu,cuda12)
	cd $(code) && $(compile) --extra train --extra dev --extra extras \
	    -c locks/cpu.txt -o ../$(build)/all.txt
	$(call beyond_cpu,extras)
	cd $(code) && $(subst pyproject.toml,agreement/peers.in,$(compile)) $(UPGRADE) \
	    -c locks/cpu.txt -o locks/peers.txt

# Figures in other formats belong to the user.
clean: ## remove what was built, but not archives or the environment
	rm -rf $(build) $(derived) $(generated) $(typeset)/main.pdf fresh
	rm -f $(figures)/*.pdf $(figures)/*.png $(figures)/*_report.html
	rm -f $(figures)/.*.part $(typeset)/*.part $(typeset)/.*.part $(zip)/.*.part data/partial/.*.part

# If there is no environment, any Python 3.11 can list the fetched archives.
distclean: clean ## also remove the fetched archives and the environment
	@python=$$(for each in "$(PYTHON)" python3.11 python3; do \
	        command -v "$$each" && break; done); \
	    "$$python" -ESs make/fetched.py | (cd $(zip) && xargs rm -f)
	rm -rf $(venv) $(venv).setup-* $(venv).lock $(venv).peers $(venv).peers.*

a_python = "$(PYTHON)" -c "" 2> /dev/null || \
	{ echo "PYTHON=$(PYTHON): no Python that starts; leave PYTHON out" \
	"to make and use $(venv)" >&2; exit 2; }
fit-python:
	@$(a_python)
	@"$(PYTHON)" make/check_python.py

# If the environment was not made from the contents of these files, it is made again.
lacking := $(shell for file in $(lock_files) $(code)/pyproject.toml; do \
	cmp -s $$file $(venv)/locks/$${file##*/} || echo $$file; done; \
	[ -x $(venv)/bin/python ] || echo python)
environment:
ifneq ($(lacking),)
	@PROJECT=$(code) make/setup.sh $(venv) $(lock_files)
endif
