"""Which commit the running code is, read from the checkout's files: no git needed, nothing run."""

from pathlib import Path


def commit_of(path: Path) -> str | None:
    """The commit checked out around a path, 40 or 64 hexadecimal digits; None outside of a checkout."""
    for directory in path.resolve().parents:
        git = directory / ".git"
        try:
            if git.is_file():  # a worktree or submodule: "gitdir: PATH"
                git = directory / git.read_text(encoding="utf-8").partition(":")[2].strip()
            if git.is_dir():
                return _head(git)
        except (OSError, UnicodeDecodeError):
            return None
    return None


def _head(git: Path) -> str | None:
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head or None
    name = head.removeprefix("ref:").strip()
    common = git / "commondir"  # worktrees keep branches in the main checkout
    shared = git / common.read_text(encoding="utf-8").strip() if common.is_file() else git
    if (shared / name).is_file():
        return (shared / name).read_text(encoding="utf-8").strip()
    packed = shared / "packed-refs"
    if packed.is_file():
        for line in packed.read_text(encoding="utf-8").splitlines():
            commit, _, packed_name = line.partition(" ")
            if packed_name == name:
                return commit
    return None
