"""Data: where it comes from, how it is split, tokenised, stored and put into batches. Free of torch."""
