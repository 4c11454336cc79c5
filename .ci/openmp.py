"""Lends the OpenMP runtime to implicit where the machine has none (python:slim, a minimal Debian).

implicit's wheels are linked to the system's libgomp.so.1 and do not load without it, while scikit-learn's carry
the very library under a name of their own. glibc takes a library that is loaded already for the one asked for if
its SONAME says so. So: a copy with the standard SONAME, loaded when this environment's Python starts. A machine
that has libgomp gets neither.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

SONAME = b"libgomp.so.1"


def main() -> int:
    site_packages = Path(sysconfig.get_path("purelib"))
    start_up = site_packages / "openmp.pth"
    start_up.unlink(missing_ok=True)
    if sys.platform != "linux" or is_loadable(SONAME.decode()):
        return 0
    bundled = sorted(site_packages.glob("scikit_learn.libs/libgomp-*.so.1*"))
    if not bundled:
        return 0  # no trainer here, so nothing that asks for it
    lent = site_packages / "scikit_learn.libs" / SONAME.decode()
    lent.unlink(missing_ok=True)
    lent.write_bytes(renamed(bundled[0].read_bytes(), bundled[0].name.encode()))
    start_up.write_text(f"import ctypes; ctypes.CDLL({str(lent)!r})\n")
    return 0


def is_loadable(library: str) -> bool:
    """Whether the machine has the library: asked of a Python that has not loaded the lent one (-S: no .pth)."""
    question = f"import ctypes; ctypes.CDLL({library!r})"
    return subprocess.run([sys.executable, "-S", "-c", question], capture_output=True, check=False).returncode == 0


def renamed(library: bytes, soname: bytes) -> bytes:
    """The library with the standard SONAME in the place of its own, which is longer: no offset moves."""
    return library.replace(soname + b"\0", SONAME.ljust(len(soname), b"\0") + b"\0")


if __name__ == "__main__":
    sys.exit(main())
