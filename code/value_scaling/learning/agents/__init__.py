"""The agents: one file and one line in the registry for each."""
