"""Predictions of what was held out, beside those of naive predictors."""
