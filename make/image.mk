# GPU check and benchmark, the container image, and archives of the image and its parts.
# docs/container.md describes them.

.PHONY: gpu-check gpu-bench fit-bench-python image image-check image-archive wheelhouse sbom

ALLOW_CPU ?=
ifneq ($(filter-out 0 1,$(ALLOW_CPU)),)
$(error ALLOW_CPU is $(ALLOW_CPU); it can be 1 (continue without a GPU) or 0)
endif

gpu-check: $(ready) ## check that JAX can use a GPU (ALLOW_CPU=1 continues without)
	@$(scaling) gpu-check $(if $(filter 1,$(ALLOW_CPU)),--allow-cpu)

# With the host's own Python, JAX, Flax and Optax may have any version.
gpu-bench: $(if $(filter $(venv)/bin/python,$(PYTHON)),$(ready),fit-bench-python) ## measure and test training on this GPU: docs/gpu.json, in ten minutes
	@$(scaling) gpu-bench $(if $(filter 1,$(ALLOW_CPU)),--allow-cpu)

fit-bench-python:
	@$(a_python)
	@"$(PYTHON)" make/check_python.py gpu-bench

# Without ACCEL, the image is for GPUs, and the environment (make setup) for CPUs.
image_accel := $(if $(filter file default,$(origin ACCEL)),cuda12,$(ACCEL))
export IMAGE ?= scaling
export BASE_IMAGE ?=
export DEBIAN_SNAPSHOT ?=
export DEBIAN_ARCHIVE ?=
export ENGINE ?=

image: ## the container image, scaling:cuda12 (ACCEL=cpu: scaling:cpu; EXTRAS=1)
	@ACCEL=$(image_accel) EXTRAS=$(EXTRAS) make/image.sh build

# Below, ACCEL and EXTRAS concern the image or the wheels, not .venv.
plain_setup = @+$(MAKE) setup ACCEL=cpu EXTRAS=

image-check: ## build it, run it offline, and compare with this machine (ACCEL=cpu)
	$(plain_setup)
	@ACCEL=$(ACCEL) make/image_check.sh

image-archive: ## the image and its Debian stage, as OCI archives in build/image
	@ACCEL=$(image_accel) EXTRAS=$(EXTRAS) make/image.sh archive

wheels := $(code)/wheels
wheelhouse: ## the locks' wheels in code/wheels, checked by hash (ACCEL=cuda12, EXTRAS=1)
	$(plain_setup)
	@"$(PYTHON)" -m pip download --disable-pip-version-check --no-input --require-hashes \
	    --no-deps --only-binary=:all: --dest $(wheels) $(lock_files:%=-r %)
	@"$(PYTHON)" -m pip install --disable-pip-version-check --no-input --require-hashes \
	    --no-deps --only-binary=:all: --no-index --find-links $(wheels) --quiet \
	    --dry-run --ignore-installed $(lock_files:%=-r %)
	@cd $(wheels) && LC_ALL=C sha256sum *.whl > SHA256SUMS.part \
	    && mv SHA256SUMS.part SHA256SUMS
	@echo "Wheels:    $(wheels)/, $$(wc -l < $(wheels)/SHA256SUMS) wheels, with the hashes of the lock"

sbom: $(ready) ## every component with its version and licence, build/sbom.json (CycloneDX)
	@mkdir -p $(build)
	@"$(PYTHON)" make/sbom.py $(build)/sbom.json \
	    $(if $(wildcard /opt/scaling/make),/var/lib/dpkg/status)
