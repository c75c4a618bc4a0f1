"""From tables of finished runs to figures with intervals: per-example column sums, and the statistics over them."""
