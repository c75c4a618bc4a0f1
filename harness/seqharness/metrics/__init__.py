"""Metrics as functions of column sums: scores, slices, intervals and resamples come from one table per run."""
