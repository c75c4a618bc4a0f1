"""The processes that runs are done in."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

ASK = """
import os
from seqharness.executors.process import in_process
if __name__ == "__main__":
    print(in_process("os", "getenv", "GLIBC_TUNABLES"), os.environ.get("GLIBC_TUNABLES"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, "glibc.malloc.hugetlb=1 None"),
        ("glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0 glibc.malloc.hugetlb=0"),
    ],
)
def test_runs_ask_for_huge_pages_unless_the_user_has_set_the_allocator(before: str | None, expected: str) -> None:
    """And the environment of the command itself stays as it was."""
    environment = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    if before is not None:
        environment["GLIBC_TUNABLES"] = before
    found = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=300)
    assert found.stdout.strip() == expected, found.stderr


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="a setting of this processor")
def test_denormals_are_zero_in_runs_and_not_in_the_command() -> None:
    ask = ASK.replace('in_process("os", "getenv", "GLIBC_TUNABLES"), os.environ.get("GLIBC_TUNABLES")',
                      'in_process("operator", "mul", 1e-300, 1e-20), 1e-300 * float("1e-20") > 0')  # fmt: skip
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=300)
    assert found.stdout.strip() == "0.0 True", found.stderr
