"""The command line: results on stdout, progress and logs on stderr, and exit codes that a script can rely on.

0 all runs done; 1 some failed or diverged (the report is written and says so); 2 the user's mistake; 3 nothing could
run; 4 a fault of this program; 130 and 143 on signals. Starting imports neither torch, scikit-learn nor matplotlib.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Any


class Stopped(BaseException):
    """SIGINT or SIGTERM. No KeyboardInterrupt, which typer would turn into an exit without a word."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code. Every mistake of the user is one sentence on stderr."""
    try:
        _listen_to_signals()
        _print_what_cannot_be_encoded()
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except Stopped as error:
        return _interrupted(arguments, 128 + int(error.args[0]))
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read it has left: not our affair
        return 0
    except Exception as error:
        traceback.print_exc()
        return _say(f"this is a fault of harness, not yours ({type(error).__name__}); please report the lines above", 4)


def _run(arguments: list[str]) -> int:
    from ..errors import HarnessError
    from .app import Exit, UsageError, build
    from .mistakes import is_help, sentence

    try:
        result = build()(args=arguments, prog_name="harness", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except Exit as error:
        return int(error.exit_code)
    except UsageError as error:
        if not is_help(error):
            return _say(sentence(error), 2)
        print(error.format_message(), file=sys.stderr)
        return 2
    except HarnessError as error:
        return _say(str(error), error.exit_code)


def _listen_to_signals() -> None:
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored: a job in the background
        signal.signal(signal.SIGINT, _stop)


def _stop(number: int, frame: FrameType | None) -> Any:
    raise Stopped(number)


def _print_what_cannot_be_encoded() -> None:
    """A character that stdout's encoding lacks is written as its number instead of ending the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _say(message: str, code: int) -> int:
    from ..visible import visible

    print(f"harness: {visible(' '.join(message.split()))}", file=sys.stderr)
    return code


def _interrupted(arguments: list[str], code: int) -> int:
    import shlex

    if "compare" in arguments:
        return _say(f"interrupted; what is finished is kept. To go on: harness {shlex.join(arguments)}", code)
    return _say("interrupted", code)
