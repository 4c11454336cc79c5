"""The commit is read from git's own files, in each of the forms they take."""

from pathlib import Path

import pytest

from training.checkout import commit_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file two folders down in a checkout on branch main, whose ref is not there yet."""
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    folder = tmp_path / "training"
    folder.mkdir()
    return folder / "publish.py"


def test_a_branch_is_followed_to_its_commit(source: Path, tmp_path: Path) -> None:
    ref = tmp_path / ".git" / "refs" / "heads" / "main"
    ref.parent.mkdir(parents=True)
    ref.write_text(f"{COMMIT}\n")
    assert commit_of(source) == COMMIT


def test_a_packed_branch_is_found(source: Path, tmp_path: Path) -> None:
    (tmp_path / ".git" / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n")
    assert commit_of(source) == COMMIT


def test_a_detached_head_is_its_own_commit(source: Path, tmp_path: Path) -> None:
    (tmp_path / ".git" / "HEAD").write_text(f"{COMMIT}\n")
    assert commit_of(source) == COMMIT


def test_a_worktree_finds_the_branch_in_the_main_checkout(source: Path, tmp_path: Path) -> None:
    worktree = tmp_path / ".git" / "worktrees" / "other"
    worktree.mkdir(parents=True)
    (worktree / "HEAD").write_text("ref: refs/heads/topic\n")
    (worktree / "commondir").write_text("../..\n")
    topic = tmp_path / ".git" / "refs" / "heads" / "topic"
    topic.parent.mkdir(parents=True)
    topic.write_text(COMMIT)
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {worktree}\n")
    assert commit_of(other / "publish.py") == COMMIT


def test_a_branch_without_commits_has_none(source: Path) -> None:
    assert commit_of(source) is None
