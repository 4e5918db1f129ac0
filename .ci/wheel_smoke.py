"""Build the wheel, install it alone into a fresh environment beside the locked libraries, and start it from elsewhere."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command, showing what it printed when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"wheel smoke test: {' '.join(command)} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """The console script of the built wheel answers, and its runbooks and migrations came along."""
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(here), cwd=ROOT)
        wheel = next(here.glob("*.whl"))
        venv.create(here / "env", with_pip=False, system_site_packages=False)
        python = here / "env" / "bin" / "python"
        site = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        run(sys.executable, "-m", "zipfile", "-e", str(wheel), str(site))
        # The libraries come from the environment this runs in; the product from the wheel alone.
        libraries = Path(
            run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        )
        (site / "libraries.pth").write_text(str(libraries), encoding="utf-8")
        found = run(str(python), "-P", "-c", _WHERE, cwd=here).split()
        assert all(path.startswith(str(site)) for path in found), found
        printed = run(str(python), "-P", "-m", "bot", "--help", cwd=here)
        assert "clearance" in printed.lower(), printed
    print(f"wheel smoke test: {wheel.name} starts on its own")


_WHERE = """
import bot, tools, knowledge
from pathlib import Path
home = Path(knowledge.__file__).parent
assert list((home / 'runbooks').glob('*.md')), 'runbooks are missing from the wheel'
assert list((Path(bot.__file__).parent / 'store' / 'migrations' / 'versions').glob('*.py')), 'migrations are missing'
assert (Path(bot.__file__).parent / 'policy.toml').exists(), 'the policy is missing'
print(bot.__file__, tools.__file__, knowledge.__file__)
"""

if __name__ == "__main__":
    main()
