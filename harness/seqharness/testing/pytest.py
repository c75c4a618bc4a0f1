"""The checks as tests of a plugin's own test suite. pytest is imported when this is used: it is no dependency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contracts import ModelSpec
from ..errors import NotApplicable, UserError
from .running import run_check
from .select import Check, check_named, checks_for
from .subjects import Model, Subject

Expected = Mapping[str, str] | Callable[[Model | Subject], Mapping[str, str]]


@dataclass(frozen=True)
class PytestCheck:
    """A check as a test calls it: what does not apply is skipped with the model's reason."""

    check: Check

    def __call__(self, examined: Model | Subject) -> None:
        try:
            run_check(self.check, examined)
        except NotApplicable as error:
            _pytest().skip(f"not applicable: {error}")

    def __repr__(self) -> str:
        return self.check.name


def parametrize_with_checks(
    specs: Iterable[ModelSpec | Model], expected_failures: Expected | None = None, quick: bool = False
) -> Any:
    """Decorator that makes a test of every check of every model:

        @parametrize_with_checks([SPEC, Model(SPEC, {"layers": 2})], expected_failures={"check_compiles": "loops"})
        def test_conformance(examined, check):
            check(examined)

    specs: cards as they are registered, or a `Model` of a card with options.
    expected_failures: name of a check -> reason, or a function that gives these for what is examined. A check that is
    expected to fail and passes fails the test, so that a reason does not outlive its cause.
    quick: without the checks that take long.
    UserError where pytest is missing, an expected failure names no check, or an option is wrong.
    """
    pytest = _pytest()
    if isinstance(expected_failures, Mapping):
        for name in expected_failures:
            check_named(name)
    cases = [
        pytest.param(
            examined,
            PytestCheck(check),
            id=f"{examined}-{check.name}",
            marks=[pytest.mark.xfail(reason=reason, strict=True)] if (reason := expected.get(check.name)) else [],
        )
        for examined, check, expected in _cases(specs, expected_failures, quick)
    ]
    return pytest.mark.parametrize(("examined", "check"), cases)


def _cases(
    specs: Iterable[ModelSpec | Model], expected: Expected | None, quick: bool
) -> Iterator[tuple[Model | Subject, Check, Mapping[str, str]]]:
    for spec in specs:
        model = spec if isinstance(spec, Model) else Model(spec)
        for examined, check in checks_for(model, quick):
            reasons = expected(examined) if callable(expected) else expected or {}
            for name in reasons:
                check_named(name)
            yield examined, check, reasons


def _pytest() -> Any:
    try:
        import pytest
    except ImportError as error:
        raise UserError("parametrize_with_checks needs pytest: install it (`pip install pytest`).") from error
    return pytest
