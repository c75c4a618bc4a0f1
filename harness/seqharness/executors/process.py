"""One function call in a process of its own, as runs have it: the same start, allocator and threads."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from ..errors import HarnessError

HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Asks the kernel for pages of 2 MiB where it gives them to who asks (glibc 2.35 and later, GLIBC_TUNABLES). Weights,
moments and activations are some 30 MiB that every step walks through: 3 to 14 % of a step is waiting for addresses."""


def context() -> BaseContext:
    """Forks from a server that has imported torch already; spawns where there is no fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["seqharness.executors.preload"])
    return found


def in_process(module: str, function: str, *arguments: Any) -> Any:
    """What module.function(*arguments) returns there. HarnessError with its message where it raised or died."""
    here, there = context().Pipe(duplex=False)
    process = context().Process(target=_call, args=(module, function, arguments, there), daemon=True)  # type: ignore[attr-defined]
    start(process)
    there.close()
    try:
        found, value = here.recv()
    except EOFError:
        found, value = False, "its process ended and told nothing"
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
        here.close()
    if not found:
        raise HarnessError(f"{module}.{function}: {value}")
    return value


def _call(module: str, function: str, arguments: tuple[Any, ...], connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection.send((True, getattr(importlib.import_module(module), function)(*arguments)))
    except Exception:
        connection.send((False, traceback.format_exc()))


def start(process: BaseProcess) -> None:
    """Start a process of `context()`, and with the first one the server that it is forked from."""
    with _no_main(), _huge_pages(), _signals_held():
        process.start()


@contextlib.contextmanager
def _huge_pages() -> Iterator[None]:
    """The allocator reads its settings when a program begins, so that only the environment can tell it."""
    name, before = "GLIBC_TUNABLES", os.environ.get("GLIBC_TUNABLES")
    if before is None:
        os.environ[name] = HUGE_PAGES
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Start a process that does not import the user's script: it needs nothing of it, and a script that calls
    `seqharness.compare` at its top level would start itself again and again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """A signal to stop waits until the block has ended: a process half started would print an error of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: held.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])
