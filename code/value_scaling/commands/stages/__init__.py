"""Running the stages of the pipeline on the archives and records of a checkout."""
