"""Data made by a program: the same bits on every machine, with nothing to download."""
