# The machine and the container: is there a GPU; the image, and what keeps it for years.

.PHONY: gpu-check

ALLOW_CPU ?=
ifneq ($(filter-out 0 1,$(ALLOW_CPU)),)
$(error ALLOW_CPU is $(ALLOW_CPU); it can be 1 (go on without a GPU) or 0)
endif

gpu-check: $(ready) ## a GPU that JAX can use, or why not (ALLOW_CPU=1 goes on without)
	@$(scaling) gpu-check $(if $(filter 1,$(ALLOW_CPU)),--allow-cpu)
