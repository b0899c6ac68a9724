# Training a study anew: sweep, fit, runs at the fitted and at constant hyperparameters,
# figures. Killed at any moment, the same command goes on.
# EXECUTOR: local (a process a core), one, ray (RAY_ADDRESS names the cluster).

EXECUTOR ?= local
RAY_ADDRESS ?=
trained = $(or $(STUDY),classic)
train = $(scaling) train $(trained) --executor $(EXECUTOR) \
	$(if $(RAY_ADDRESS),--ray-address $(RAY_ADDRESS))

.PHONY: replication
replication: $(ready) ## train a study anew, then its figures (STUDY=classic EXECUTOR=local)
	@$(scaling) plan $(trained)
	@$(train) --set sweep
	@$(scaling) preprocess $(trained) sweep
	@$(scaling) hyperparameters $(trained)
	@$(train) --set ours
	@$(train) --set baseline
	@$(MAKE) figures STUDY=$(trained)
