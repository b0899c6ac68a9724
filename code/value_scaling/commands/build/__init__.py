"""The build: which command makes which files from which."""
