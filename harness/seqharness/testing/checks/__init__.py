"""The rules, one `check_*` function each, by subject.

A check takes what it examines (a `Model` or a `Subject`) and raises AssertionError, with a message for the author of
the model, where the rule does not hold. Which checks apply to what stands in `seqharness.testing.select`.
"""
