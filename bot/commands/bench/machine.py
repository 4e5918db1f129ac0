"""What a measurement was taken on: a figure without its machine and command says nothing."""

import os
import platform


def machine(command: str) -> str:
    """One line: system, Python, processors, how many wait for them, and the command."""
    where = (
        f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    return f"{where}: {command}"
