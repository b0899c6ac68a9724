"""The resources of this host for training: its cores, GPUs and memory."""
