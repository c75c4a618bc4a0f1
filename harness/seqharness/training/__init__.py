"""Training: objectives (one an interface), the loop, the schedule, checkpoints. Needs torch."""
