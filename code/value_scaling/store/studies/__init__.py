"""Study files and training files: found, read strictly, and checked."""
