"""What a benchmark says about the machine it ran on, and how much memory this process uses.

Limit: memory is the resident set, so it counts whole pages; measure large differences in a fresh process.
"""

import os
import platform
import resource
import sys
from pathlib import Path

import msgspec

_STATUS = Path("/proc/self/statm")
_PROCESSORS = Path("/proc/cpuinfo")


def machine() -> dict[str, str | int]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def resident_bytes() -> int:
    """Memory of this process now; where the system does not say, its peak so far."""
    if _STATUS.exists():
        pages = int(_STATUS.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _processor() -> str:
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


class Processors(msgspec.Struct, frozen=True):
    """Ticks of all processors together since the start of the machine."""

    idle: int
    total: int


def processors() -> Processors | None:
    """None where the system does not tell."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    ticks = [int(field) for field in stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return Processors(idle=ticks[3] + ticks[4], total=sum(ticks))
