"""Runs a measurement in a process of its own, so that none inherits another's memory or imports.

A child is `python child.py MODULE FUNCTION ARGUMENTS`, arguments and result being JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import Any


def in_child(module: str, function: str, screen: bool = False, **arguments: object) -> Any:
    """What `module.function(**arguments)` returns in a new process.

    Args:
        module: Of this folder.
        function: Takes and returns what JSON can hold.
        screen: Draw on the real screen rather than offscreen.
        arguments: For the function.

    Raises:
        SystemExit: It failed; what it said is on stderr.
    """
    environment = {**os.environ, "QT_LOGGING_RULES": "default.warning=false"}
    # a program that is in use finds its bytecode; whichever child is the first here writes it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not screen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [sys.executable, __file__, module, function, json.dumps(arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{module}.{function} failed: exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main(module: str, function: str, arguments: str) -> None:
    found = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
