"""Tasks of seqharness."""
