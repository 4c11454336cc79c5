"""What processes take, as the kernel counts it. Needs Linux's /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in megabytes.

    Attributes:
        own_mb: Given back if it alone ended.
        fair_mb: With its share of what others have too (PSS).
        resident_mb: With all of it (RSS).
    """

    own_mb: float
    fair_mb: float
    resident_mb: float

    @classmethod
    def of(cls, pid: int) -> "Memory":
        """As the kernel counts it now."""
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        kilobytes = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
        own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
        return cls(own / 1024, kilobytes["Pss"] / 1024, kilobytes["Rss"] / 1024)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
