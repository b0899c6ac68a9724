"""Predictions of held-out values, and those of naive predictors for comparison."""
