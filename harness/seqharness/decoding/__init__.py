"""Decoding: greedy and beam search for every model, over states that the engine reorders and drops. Needs torch."""
