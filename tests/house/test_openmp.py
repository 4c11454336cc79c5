import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="lends a library to glibc's loader")


def test_a_lent_library_answers_to_the_standard_name(tmp_path: Path) -> None:
    openmp = runpy.run_path(str(ROOT / ".ci" / "openmp.py"))
    [bundled] = Path(sysconfig.get_path("purelib")).glob("scikit_learn.libs/libgomp-*.so*")
    lent = tmp_path / "lent"
    lent.write_bytes(openmp["renamed"](bundled.read_bytes(), bundled.name.encode()))

    program = (
        f"import ctypes; ctypes.CDLL({str(lent)!r}); ctypes.CDLL('libgomp.so.1'); import implicit.cpu.topk\n"
        "print({line.split()[-1] for line in open('/proc/self/maps') if 'gomp' in line or 'lent' in line})"
    )
    answer = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": sysconfig.get_path("purelib")},
    )

    assert answer.stdout.strip() == str({str(lent)})


def test_a_library_that_is_nowhere_is_not_loadable() -> None:
    openmp = runpy.run_path(str(ROOT / ".ci" / "openmp.py"))

    assert not openmp["is_loadable"]("libnowhere.so.7")
    assert openmp["is_loadable"]("libc.so.6")
