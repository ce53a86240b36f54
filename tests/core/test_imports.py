"""What the core may pull in: no window ever, torch only where the model is built."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import vae_gui.core

WINDOW = ("PySide6", "pyqtgraph", "superqt", "vae_gui.ui", "vae_gui.cli")
HEAVY = ("torch", "scipy.stats", "matplotlib")
MAY_BE_HEAVY = {"vae_gui.core.model"}

# Each module is imported as the first of the package; the heavy ones come last, so that
# what an earlier one has brought in cannot be laid at another's door.
SCRIPT = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    for old in [m for m in sys.modules if m.split(".")[0] == "vae_gui"]:
        del sys.modules[old]
    before = set(sys.modules)
    importlib.import_module(name)
    found[name] = sorted(set(sys.modules) - before)
print(json.dumps(found))
"""


def test_core_modules_bring_no_window_and_torch_only_with_the_model():
    walked = pkgutil.walk_packages(vae_gui.core.__path__, "vae_gui.core.")
    names = sorted((m.name for m in walked), key=lambda name: (name in MAY_BE_HEAVY, name))
    assert "vae_gui.core.parameters" in names
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == names
    for name, brought in found.items():
        assert not set(WINDOW) & set(brought), name
        if name not in MAY_BE_HEAVY:
            assert not set(HEAVY) & set(brought), name
