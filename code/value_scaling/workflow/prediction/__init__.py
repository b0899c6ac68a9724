"""Predictions of held-out values, by the fits and by naive predictors."""
