# Training a study again. After a kill at any moment, the same command continues.
#
# replication trains a study of this project into the archives that come with it.
# full-replication trains any study into fresh archives (<study>_<set>.fresh.zip in
# data/zip); published archives do not change. It checks for a GPU and prints the costs.
# With YES=1 it then fetches the authors' archives for the comparison and runs
# sweep -> fit -> fitted and constant runs -> figures -> paper -> report card, from the
# fresh archives alone, and makes tables that compare them with the published ones.
#
# EXECUTOR: local (a process for each core or GPU), one, ray (RAY_ADDRESS: the cluster),
# slurm (SLURM: options of sbatch, e.g. SLURM=partition=gpu,gpus_per_node=1,time=120).
# TASKS=A,B UTDS=1,2 SEEDS=4 train a part; more can follow later, with the same SEEDS.

EXECUTOR ?= local
RAY_ADDRESS ?=
SLURM ?=
TASKS ?=
UTDS ?=
SEEDS ?=
YES ?=
trained := $(if $(filter all,$(STUDY)),gym dmc playground,$(or $(STUDY),classic))
part = $(if $(TASKS),--tasks "$(TASKS)") $(if $(UTDS),--utds "$(UTDS)") \
	$(if $(SEEDS),--seeds "$(SEEDS)")
train = $(scaling) train $(1) $(part) --executor $(EXECUTOR) \
	$(if $(RAY_ADDRESS),--ray-address $(RAY_ADDRESS)) \
	$(if $(SLURM),--slurm "$(SLURM)") --set $(2)
# The fit is a stage of the analysis, and is made only if it is missing or stale.
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

full-replication: $(ready) ## train STUDY=gym, dmc, playground or all: prints a plan; with YES=1 runs it
	@+$(MAKE) RUNS=fresh fresh-plan STUDY="$(trained)"
	@$(if $(filter 1,$(YES)),:,echo "Nothing was started. To start, or to continue after \
	an interruption, run the same command with YES=1.")
	@+$(if $(filter 1,$(YES)),$(MAKE) RUNS=fresh fresh-runs STUDY="$(trained)",:)

fresh-plan: $(ready)
	@+$(MAKE) gpu-check
	@$(foreach s,$(trained),$(scaling) plan $(s) $(part) --executor $(EXECUTOR) &&) :

# LaTeX is checked before the days of training, not after them.
fresh-runs: $(ready)
	@make/latex.sh
	@+if [ -n "$$("$(PYTHON)" -ESs make/fetched.py $(trained))" ]; then \
	    $(MAKE) RUNS=published data || \
	    echo "The published runs could not be fetched: the comparison leaves them out."; fi
	$(foreach s,$(trained),$(call train_study,$(s)))
	@+$(MAKE) figures STUDY="$(trained)"
	@+$(MAKE) paper STUDY="$(trained)"
	@+$(MAKE) verify STUDY="$(trained)"
	@echo "Archives:   $(zip)/<study>_<set>.fresh.zip"
	@echo "Comparison: $(build)/comparison/ (fresh and published runs compared)"
