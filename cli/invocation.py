"""How to call the commands of the running environment, for lines that people copy into a shell."""

import shlex
import shutil
import sys
from pathlib import Path

MODULES = {"shopkeeper": "cli"}
"""Modules to run where a command was not installed, for instance in a checkout; else the command's own name."""


def invocation(name: str, *arguments: str) -> str:
    """The command line, quoted for the shell: the bare name where that is this environment's command.

    Elsewhere the command's path, as after `make`, whose environment is not on PATH; and where it was not installed at
    all, this Python with its module.
    """
    return shlex.join([*_command(name), *arguments])


def _command(name: str) -> list[str]:
    python = Path(sys.executable)
    own = python.with_name(name)
    on_path = shutil.which(name)
    if not own.exists():
        return [str(python), "-m", MODULES.get(name, name)] if on_path is None else [name]
    if on_path is not None and Path(on_path).samefile(own):
        return [name]
    return [str(own)]
