# The analysis as a graph: archive -> crossings -> laws -> notebooks, figures, numbers
# -> paper. Read by the Makefile in the folder above, which names all folders.
#
# Commands write a file only when its bytes differ. So each has a stamp that says when
# it last began a run that went well, and its outputs depend on that stamp with an empty
# recipe: what is made from an unchanged output is not made again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:

scaling := $(PYTHON) -m value_scaling
stamps := $(build)/stamps
sets := sweep ours baseline
variants := default published

# Which studies there are, and which have an archive.
study_files := $(wildcard $(package)/studies/*.toml $(own_studies)/*.toml)
known := $(sort $(basename $(notdir $(study_files))))
wanted := $(or $(STUDY),$(known))
ifneq ($(filter-out $(known),$(wanted)),)
$(error STUDY: no study $(filter-out $(known),$(wanted)); there are: $(known))
endif
study_file = $(firstword $(filter %/$(1).toml,$(study_files)))
published = $(filter-out %.fresh.zip,$(wildcard $(zip)/$(1)_$(2)*.zip))
fresh = $(wildcard $(zip)/$(1)_$(2).fresh.zip)
archive = $(call $(RUNS),$(1),$(2))
archives = $(foreach set,$(sets),$(call archive,$(1),$(set)))
sets_of = $(strip $(foreach set,$(sets),$(if $(call archive,$(1),$(set)),$(set))))
studies := $(strip $(foreach s,$(wanted),$(if $(call sets_of,$(s)),$(s))))
skipped := $(filter-out $(studies),$(wanted))
with_sweep := $(strip $(foreach s,$(studies),$(if $(call archive,$(s),sweep),$(s))))
# Without runs at B*, eta* the published coefficients of D_J serve, where there are any.
fittable = $(or $(call archive,$(1),ours),$(call archive,$(1),baseline),$(if $\
	$(filter published,$(RUNS)),$(shell \
	grep -l '^data_coefficients' $(call study_file,$(1)))))
with_fit := $(strip $(foreach s,$(studies),$(if $(call fittable,$(s)),$(s))))
# What was logged beside the returns of a sweep, the study file states in `metrics`; of
# what is made anew, everything was.
logged = $(if $(filter fresh,$(RUNS)),fresh,$(shell $\
	grep -lE '^ *metrics *= *\[ *([^] ]|$$)' $(call study_file,$(1))))
with_metrics := $(strip $(foreach s,$(with_sweep),$(if $(call logged,$(s)),$(s))))

# Sources, by floor.
python = $(wildcard $(foreach d,* */*,$(package)/$(1)/$(d).py) $(package)/$(1).py)
calculation := $(foreach p,records stats store workflow,$(call python,$(p)))
drawing := $(foreach p,records store report,$(call python,$(p)))
environment := $(locks)/cpu.txt

# $(call record,study,name ...): the files of these records, both variants. Then the
# records of a study that its archives allow.
record = $(foreach v,$(variants),$(foreach r,$(2),$(derived)/$(1)/$(v)/$(r).npz))
runs = $(call record,$(1),$(call sets_of,$(1)))
laws = $(if $(filter $(1),$(with_sweep)),$(call record,$(1),hyperparameters))
fits = $(if $(filter $(1),$(with_fit)),$(call record,$(1),data_efficiency budget))
choices = $(derived)/$(1)/choices.json
trends = $(if $(filter $(1),$(with_metrics)),$(derived)/$(1)/diagnostics.npz)
records = $(call runs,$(1)) $(call laws,$(1)) $(call fits,$(1)) $(call choices,$(1))

# $(call stage,stamp,outputs,prerequisites,command). Each run adds its name and its
# milliseconds to build/times. An output that was removed by
# hand makes its stamp stale.
define stage
$(stamps)/$(1): $(3) $(environment) $(if $(filter-out $(wildcard $(2)),$(2)),FORCE)
	@echo "$(subst ., ,$(1))"
	@mkdir -p $$(@D) && touch $$@.begun
	@begun=$$$${EPOCHREALTIME/./}; $(4); \
	    echo "$(1) $$$$(( ($$$${EPOCHREALTIME/./} - begun) / 1000 ))" >> $(build)/times
	@mv $$@.begun $$@
$(2): $(stamps)/$(1) ;
endef

# The stages of study $(1), in the paper's order.
from = $(call study_file,$(1)) $(calculation)
preprocess = $(call stage,$(1).preprocess.$(2),$(call record,$(1),$(2)),$\
	$(call archive,$(1),$(2)) $(from),$\
	$(scaling) preprocess $(1) $(2))
hyperparameters = $(call stage,$(1).hyperparameters,$(call laws,$(1)),$\
	$(call record,$(1),sweep) $(from),$\
	$(scaling) hyperparameters $(1))
data_efficiency = $(call stage,$(1).data-efficiency,$(call fits,$(1)),$\
	$(call record,$(1),$(filter-out sweep,$(sets_of))) $(call laws,$(1)) $(from),$\
	$(scaling) data-efficiency $(1))
effects = $(call stage,$(1).choices,$(call choices,$(1)),$\
	$(call runs,$(1)) $(call laws,$(1)) $(call fits,$(1)) $(from),$\
	$(scaling) choices $(1))

diagnostics = $(call stage,$(1).diagnostics,$(call trends,$(1)),$\
	$(call archive,$(1),sweep) $(from),$\
	$(scaling) diagnostics $(1))

# Notebook $(2) of study $(1) draws its records and, from the archives, its curves; the
# notebook of the diagnostics draws these alone.
drawn = $(if $(filter analyze_diagnostics,$(2)),$(call trends,$(1)),$\
	$(call records,$(1)) $(call archives,$(1)))
executed = $(build)/notebooks/$(1)_$(2)
notebook = $(call stage,$(1).$(2),$(executed).html $(executed).ipynb,$\
	$(notebooks)/$(2).ipynb $(drawn) $(call study_file,$(1)) $\
	$(drawing) $(package)/notebook_run.py $\
	$(wildcard $(package)/commands/notebooks.py $(package)/commands/words.py),$\
	$(PYTHON) -m value_scaling.notebook_run $(notebooks)/$(2).ipynb $(executed) $\
	-p study $(1))

$(foreach s,$(studies),$(eval $(call effects,$(s))))
$(foreach s,$(studies),$(foreach t,$(call sets_of,$(s)),$(eval $(call preprocess,$(s),$(t)))))
$(foreach s,$(with_sweep),$(eval $(call hyperparameters,$(s))))
$(foreach s,$(with_fit),$(eval $(call data_efficiency,$(s))))
$(foreach s,$(with_metrics),$(eval $(call diagnostics,$(s))))
$(foreach s,$(with_sweep),$(eval $(call notebook,$(s),analyze_grid_search)))
$(foreach s,$(with_fit),$(eval $(call notebook,$(s),analyze_fitted)))
$(foreach s,$(with_metrics),$(eval $(call notebook,$(s),analyze_diagnostics)))
notebook_stamps := $(with_sweep:%=$(stamps)/%.analyze_grid_search) \
	$(with_fit:%=$(stamps)/%.analyze_fitted) \
	$(with_metrics:%=$(stamps)/%.analyze_diagnostics)

# Fresh runs beside the published ones, where both are here.
ifeq ($(RUNS),fresh)
both = $(strip $(foreach set,$(sets),$(if $(call fresh,$(1),$(set)),$\
	$(call published,$(1),$(set)))))
with_both := $(strip $(foreach s,$(studies),$(if $(call both,$(s)),$(s))))
comparison = $(build)/comparison/$(1)
compare = $(call stage,$(1).compare,$(call comparison,$(1)).md,$\
	$(call archives,$(1)) $(foreach set,$(sets),$(call published,$(1),$(set))) $\
	$(call from,$(1)) $(drawing),$(scaling) compare $(1))
$(foreach s,$(with_both),$(eval $(call compare,$(s))))
comparisons := $(with_both:%=$(stamps)/%.compare)
endif

# Over all studies, or those that are asked for: of which ones the last report was.
those := $(if $(STUDY),$(studies))
reported := $(shell cat $(build)/reported 2>/dev/null)
other_studies := $(if $(filter-out $(studies),$(reported))$\
	$(filter-out $(reported),$(studies)),FORCE)
all_records := $(foreach s,$(studies),$(call records,$(s)) $(call trends,$(s)))
# What runs took lies beside their archive, which does not change with it.
all_hours := $(wildcard $(foreach s,$(studies),\
	$(patsubst %.zip,%.hours.json,$(call archives,$(s)))))
$(if $(with_fit),$(eval $(call stage,overview,$\
	$(figures)/figure1.pdf $(figures)/figure1.png,$\
	$(foreach s,$(with_fit),$(call fits,$(s))) $(drawing) $(other_studies),$\
	$(scaling) overview $(those))))
$(eval $(call stage,report,$(generated)/numbers.tex,$\
	$(all_records) $(all_hours) $(wildcard $(expected)/*.toml) $(drawing) $(other_studies),$\
	$(scaling) report $(those) && echo "$(studies)" > $(build)/reported))

# Everything that the paper is made of, in one file that changes only with it.
paper_sources := $(wildcard $(paper)/*.tex $(paper)/*.bib $(paper)/*.sty)
$(stamps)/paper_inputs: $(notebook_stamps) $(if $(with_fit),$(stamps)/overview) \
		$(stamps)/report $(comparisons) $(paper_sources) \
		$(if $(wildcard $(build)/paper_inputs),,FORCE)
	@touch $@.begun
	@LC_ALL=C cksum $(paper_sources) $(figures)/*.pdf $(generated)/*.tex \
	    $(with_both:%=$(build)/comparison/%_*.tex) > $(build)/paper_inputs.part
	@cmp -s $(build)/paper_inputs.part $(build)/paper_inputs \
	    && rm $(build)/paper_inputs.part \
	    || mv $(build)/paper_inputs.part $(build)/paper_inputs
	@mv $@.begun $@
$(build)/paper_inputs: $(stamps)/paper_inputs ;

# What the fresh runs give is a report of its own, from the same parts.
$(typeset)/main.pdf: $(build)/paper_inputs make/latexmk.sh
	@echo "paper"
ifeq ($(RUNS),fresh)
	@mkdir -p $(typeset)
	@cp $(paper)/replication.sty $(paper)/refs.bib $(typeset)
	@cp $(paper)/fresh.tex $(typeset)/main.tex
endif
	@make/latexmk.sh $(typeset) $(build)/paper
	@touch $@

.PHONY: FORCE some-study left-out figures notebooks paper verify
FORCE:

how_to_get := $(if $(filter fresh,$(RUNS)),make full-replication STUDY=<study> makes $\
	fresh ones,make data fetches the published ones and make replication $\
	STUDY=<study> trains ours; your own go to $(zip)/<study>_<set>.zip)
some-study:
ifeq ($(studies),)
	@echo "No archive in $(zip) for any of: $(wanted). $(how_to_get)." >&2; exit 2
endif
left-out: some-study
ifneq ($(skipped),)
	@echo "No archive, left out: $(skipped). $(how_to_get)."
endif

ifneq ($(studies),)
notebooks: left-out $(notebook_stamps)
figures: notebooks $(if $(with_fit),$(stamps)/overview) $(stamps)/report $(comparisons)
paper: $(typeset)/main.pdf
notebooks figures paper: ; @:
verify: some-study $(all_records)
	@$(scaling) verify $(those)
else
figures notebooks paper verify: some-study
endif
