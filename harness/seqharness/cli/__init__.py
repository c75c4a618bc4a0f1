"""The command line: results on stdout, progress and logs on stderr, and exit codes that a script can rely on.

0 all runs done; 1 some failed or diverged (the report is written and says so); 2 the user's mistake; 3 nothing could
run; 4 a fault of this program; 130 and 143 on signals. Starting imports neither torch, scikit-learn nor matplotlib.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from types import FrameType
from typing import Any


class Terminated(BaseException):
    """SIGTERM: stop as on an interrupt."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code. Every mistake of the user is one sentence on stderr."""
    from ..errors import HarnessError
    from .app import Exit, UsageError, build

    signal.signal(signal.SIGTERM, _terminate)
    try:
        result = build()(args=arguments, prog_name="harness", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except Exit as error:
        return int(error.exit_code)
    except UsageError as error:
        return _say(error.format_message(), 2)
    except HarnessError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _interrupted(arguments, 130)
    except Terminated:
        return _interrupted(arguments, 143)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        traceback.print_exc()
        return _say(f"this is a fault of harness, not yours ({type(error).__name__}); please report the lines above", 4)


def _terminate(number: int, frame: FrameType | None) -> Any:
    raise Terminated


def _say(message: str, code: int) -> int:
    from ..visible import visible

    print(f"harness: {visible(' '.join(message.split()))}", file=sys.stderr)
    return code


def _interrupted(arguments: list[str], code: int) -> int:
    import shlex

    if "compare" in arguments:
        return _say(f"interrupted; what is finished is kept. To go on: harness {shlex.join(arguments)}", code)
    return _say("interrupted", code)
