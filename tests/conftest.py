"""One thread for every test: with two, torch collapses as soon as anything else runs, and bits may differ."""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
