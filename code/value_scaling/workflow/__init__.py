"""The paper's analysis, in its order; each stage is a function of records."""
