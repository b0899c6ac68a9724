"""What this host has to train with: its cores, GPUs and memory."""
