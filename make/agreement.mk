# Our training runs compared with independent implementations (docs/agreement.md). Theirs
# run in an environment of their own, from code/locks/peers.txt. The curves of both sides
# are committed in code/agreement/curves; `make docs` makes the page from them, and
# `make agreement` first trains what is missing.

peers_venv := $(venv).peers
PEERS_PYTHON ?= $(peers_venv)/bin/python
agreement := "$(PYTHON)" -m agreement

.PHONY: peers agreement
peers: ## the environment of the independent implementations (6 GB; only for make agreement)
	@make/setup.sh $(peers_venv) $(locks)/peers.txt

agreement: $(ready) $(if $(filter $(peers_venv)/%,$(PEERS_PYTHON)),peers) ## train what docs/agreement.md lacks (core-hours), and write it
	@$(agreement) train --python "$$(command -v "$(PEERS_PYTHON)")"
	@$(agreement) page
