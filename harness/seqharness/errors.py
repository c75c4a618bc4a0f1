"""What can go wrong, as exceptions that carry one clear sentence for the user."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HarnessError(Exception):
    """Base of every error this package raises on purpose. `exit_code` is what the command line ends with."""

    exit_code = 4


class UserError(HarnessError):
    """The user's mistake: the message says what, where, and what to do (exit code 2)."""

    exit_code = 2


class NothingToRun(HarnessError):
    """No run of the comparison could be started (exit code 3)."""

    exit_code = 3


class NotApplicable(HarnessError):
    """A model cannot serve an interface, or refuses an option there. The message is the reason shown to the reader."""

    exit_code = 2


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion to end a sentence with: `" Did you mean 'lstm'?"`, or the list of what there is, or nothing."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f" Did you mean {close[0]!r}?"
    return f" There is: {', '.join(names)}." if names else ""
