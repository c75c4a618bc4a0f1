"""The rules that every model must keep, as checks that authors of models can run.

In a test suite:

    from seqharness.testing import parametrize_with_checks

    @parametrize_with_checks([SPEC])
    def test_conformance(examined, check):
        check(examined)

In a program, `check_model(SPEC)` gives a `Result` for each check; in a shell, `harness plugin check NAME|FILE` prints
them. Each rule is a function `check_*` in `seqharness.testing.checks`, whose docstring says what must hold, why, and
what usually breaks it. A module with a parameter that can have no gradient says so in its attribute
`without_gradient` (`checks.gradients`).

Networks are built small, in float64 and on the CPU: what holds there is a matter of the code and not of the machine.
That a model passes does not show that it is the architecture its paper describes; test that against a reference.
"""

from .pytest import parametrize_with_checks
from .running import Result, check_model, run_check
from .select import Check, check_named, checks_for
from .subjects import Model, Subject

__all__ = [
    "Check",
    "Model",
    "Result",
    "Subject",
    "check_model",
    "check_named",
    "checks_for",
    "parametrize_with_checks",
    "run_check",
]
