"""One run, from its spec to its records: build -> train -> choose by validation -> evaluate on test once -> store.

`execution` is the run; `selection` how a checkpoint is chosen, `pretraining` what comes before it where that is asked
for, `ticker` what happens after every step. Needs torch.
"""

from .execution import run_one
from .ticker import Emit

__all__ = ["Emit", "run_one"]
