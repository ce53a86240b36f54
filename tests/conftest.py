"""Before anything imports Qt: no display, and no touching of a person's settings."""

import os
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="vae-gui-test-settings-")
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="vae-gui-test-data-")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="vae-gui-test-cache-")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
