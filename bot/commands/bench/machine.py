"""What a measurement was taken on: a figure without its machine and command says nothing."""

import os
import platform


def machine(command: str) -> str:
    """One line: system, Python, processors and the command."""
    where = f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors"
    return f"{where}: {command}"
