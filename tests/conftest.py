"""One thread for every test: with two, torch collapses as soon as anything else runs, and bits may differ. No limits
of time for examples."""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from hypothesis import HealthCheck, settings  # noqa: E402

# On a busy machine an example may take any time.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
