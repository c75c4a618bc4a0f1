"""Checks run one after the other, and what came of them as plain data."""

from __future__ import annotations

import sysconfig
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from ..contracts import ModelSpec
from ..errors import NotApplicable
from .select import Check, checks_for
from .subjects import Model, Subject
from .surroundings import kept

Status = Literal["passed", "failed", "not applicable"]

EVERY_INTERFACE = ""
"""In the place of a problem where a check is of the model as a whole."""

HERE = Path(__file__).parent

LIBRARIES = {"torch", "numpy", "scipy", "sklearn", "pydantic"}
"""Where an error in one of these is told, the place meant is the one that called it."""


@dataclass(frozen=True)
class Result:
    """What came of one check. problem: the interface and its kind, or '' for the model as a whole. why: one line,
    with the place (file:line) where it is an error and no broken rule. details: the traceback of a failure."""

    model: str
    problem: str
    check: str
    status: Status
    why: str = ""
    details: str = ""
    seconds: float = 0.0


def run_check(check: Check, examined: Model | Subject) -> None:
    """Run one check so that it leaves no trace: settings and generators are put back.

    AssertionError where the rule is broken, NotApplicable where the model refuses, or whatever the model raises.
    """
    with kept():
        if isinstance(examined, Subject) and isinstance(examined.refusal, NotApplicable):
            raise examined.refusal
        check.function(examined)


def check_model(
    model: ModelSpec | Model,
    options: Mapping[str, Any] | None = None,
    quick: bool = False,
    before: Callable[[Check, Model | Subject], None] = lambda check, examined: None,
) -> Iterator[Result]:
    """Run every check that applies to a model with options (none: its defaults, or those of the `Model`).

    quick: without those that take long. before: called before each check, to tell progress.
    UserError where an option is wrong.
    """
    model = Model(model, options or {}) if isinstance(model, ModelSpec) else model
    if model.options and model.loads:
        model.config()
    for examined, check in checks_for(model, quick):
        before(check, examined)
        yield _result(check, examined, model)


def _result(check: Check, examined: Model | Subject, model: Model) -> Result:
    started = time.perf_counter()
    status: Status = "passed"
    why = details = ""
    try:
        run_check(check, examined)
    except NotApplicable as error:
        status, why = "not applicable", str(error)
    except (Exception, SystemExit) as error:
        status, why, details = "failed", why_of(error), "".join(traceback.format_exception(error))
    problem = examined.problem if isinstance(examined, Subject) else EVERY_INTERFACE
    return Result(str(model), problem, check.name, status, why, details, time.perf_counter() - started)


def why_of(error: BaseException) -> str:
    """One line: the message of a broken rule; of any other error its kind, message and place."""
    message = " ".join(str(error).split())
    place = place_of(error.__traceback__)
    if isinstance(error, AssertionError) and not place:
        return message
    kind = type(error).__name__
    return f"{kind}: {message} ({place})" if message and place else f"{kind}: {message}" if message else kind


def place_of(trace: TracebackType | None) -> str:
    """file:line of the innermost frame that is the model's, '' where an error comes from the kit itself."""
    frames = traceback.extract_tb(trace)
    if not frames or HERE in Path(frames[-1].filename).parents:
        return ""
    own = [frame for frame in frames if not _is_library(Path(frame.filename))]
    frame = own[-1] if own else frames[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _is_library(file: Path) -> bool:
    """Whether a file is of the harness, of Python or of a library that models are made with, and no plugin's."""
    if HERE.parent in file.parents or not file.is_absolute():
        return True
    if "site-packages" in file.parts:
        return file.parts[file.parts.index("site-packages") + 1] in LIBRARIES
    return Path(sysconfig.get_path("stdlib")) in file.parents
