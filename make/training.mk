# Training a study again. Killed at any moment, the same command goes on.
#
# replication: a study of our own, into the archives that come with the project.
# full-replication: any study, into fresh archives (<study>_<set>.fresh.zip in data/zip),
# beside which the published ones stay as they are. It checks for a GPU, fetches the
# authors' archives to compare with, says what it will take, and with YES=1 goes on:
# sweep -> fit -> fitted and constant runs -> figures -> paper -> report card, from the
# fresh archives alone, and a table that holds them beside the published ones.
#
# EXECUTOR: local (a process a core or GPU), one, ray (RAY_ADDRESS names the cluster).
# TASKS=A,B UTDS=1,2 SEEDS=4 train a part; later more of it, with the same SEEDS.

EXECUTOR ?= local
RAY_ADDRESS ?=
TASKS ?=
UTDS ?=
SEEDS ?=
YES ?=
trained := $(if $(filter all,$(STUDY)),gym dmc playground,$(or $(STUDY),classic))
part = $(if $(TASKS),--tasks "$(TASKS)") $(if $(UTDS),--utds "$(UTDS)") \
	$(if $(SEEDS),--seeds "$(SEEDS)")
train = $(scaling) train $(1) $(part) --executor $(EXECUTOR) \
	$(if $(RAY_ADDRESS),--ray-address $(RAY_ADDRESS)) --set $(2)
# The fit is a stage of the analysis: made only where it is missing or stale.
define train_study
@$(call train,$(1),sweep)
@+STUDY=$(1) $(analysis) hyperparameters
@$(call train,$(1),ours)
@$(call train,$(1),baseline)

endef

.PHONY: replication full-replication fresh-plan fresh-runs
replication: $(ready) ## train a study, then make its figures (STUDY=classic EXECUTOR=local)
	@$(foreach s,$(trained),$(scaling) plan $(s) $(part) --executor $(EXECUTOR) &&) :
	$(foreach s,$(trained),$(call train_study,$(s)))
	@+$(MAKE) figures STUDY="$(trained)"

full-replication: $(ready) ## all of STUDY=gym, dmc, playground, all: a plan; with YES=1 the runs
	@+$(MAKE) RUNS=fresh fresh-plan STUDY="$(trained)"
	@$(if $(filter 1,$(YES)),:,echo "Nothing was started. To start, and to go on after \
	any interruption: the same command with YES=1.")
	@+$(if $(filter 1,$(YES)),$(MAKE) RUNS=fresh fresh-runs STUDY="$(trained)",:)

fresh-plan: $(ready)
	@+$(MAKE) gpu-check
	@$(foreach s,$(trained),$(scaling) plan $(s) $(part) --executor $(EXECUTOR) &&) :

# LaTeX is looked for before, not after, the days of training.
fresh-runs: $(ready)
	@make/latex.sh
	@+if [ -n "$$("$(PYTHON)" -ESs make/fetched.py $(trained))" ]; then \
	    $(MAKE) RUNS=published data || \
	    echo "The published runs are not here: the comparison leaves them out."; fi
	$(foreach s,$(trained),$(call train_study,$(s)))
	@+$(MAKE) figures STUDY="$(trained)"
	@+$(MAKE) paper STUDY="$(trained)"
	@+$(MAKE) verify STUDY="$(trained)"
	@echo "Archives:   $(zip)/<study>_<set>.fresh.zip"
	@echo "Comparison: $(build)/comparison/ (fresh runs beside the published ones)"
