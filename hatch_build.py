"""Compiles the C kernel when the program is installed, if there is a C compiler.

Without one the program works all the same: its NumPy engine trains, several times slower.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = "vae_gui/core/kernel"
LIBRARY = "vae.kernel"
# vectors need neither errno nor traps; sums are not reordered, NaN and infinity stay
FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-fno-math-errno")
FLAGS += ("-fno-trapping-math", "-ffp-contract=fast")


class KernelHook(BuildHookInterface):
    """Puts the library beside its sources, in the checkout or in the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; called by hatchling before it gathers files."""
        if self.target_name != "wheel":
            return
        folder = Path(self.root, KERNEL)
        self._made = Path(tempfile.mkdtemp())
        if not compiled(folder, self._made / LIBRARY):
            self.app.display_warning("No C compiler: training will use NumPy, which is slower.")
            return
        if version == "editable":
            os.replace(shutil.copy(self._made / LIBRARY, folder / f".{LIBRARY}"), folder / LIBRARY)
            return
        build_data["force_include"][str(self._made / LIBRARY)] = f"{KERNEL}/{LIBRARY}"
        build_data["pure_python"] = False
        system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{system}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what the compiler left."""
        if self.target_name == "wheel":
            shutil.rmtree(self._made, ignore_errors=True)


def compiled(folder: Path, library: Path) -> bool:
    """Whether the sources in a folder could be made into a library."""
    compiler = next(filter(shutil.which, (os.environ.get("CC", ""), "cc", "gcc", "clang")), None)
    if compiler is None:
        return False
    try:
        objects = []
        for number, (source, options) in enumerate(versions(folder)):
            made = library.with_name(f"{number}.o")
            try:
                run([compiler, *FLAGS, *options, "-c", str(folder / source), "-o", str(made)])
            except subprocess.CalledProcessError:
                if not any(option.startswith("-march") for option in options):
                    raise
                continue  # an old compiler does not know the newest processors
            objects.append(str(made))
        run([compiler, "-shared", *objects, "-o", str(library), "-lm"])
    except (OSError, subprocess.SubprocessError) as error:
        print(getattr(error, "stderr", error), file=sys.stderr)
        return False
    return True


def versions(folder: Path) -> list[tuple[str, list[str]]]:
    """Each source with its options: for float32 one version for each kind of processor."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.[ch]")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    wanted = [
        ("about.c", [f'-DSOURCE="{digest.hexdigest()}"']),
        ("vae.c", ["-DSUFFIX=_double", "-DIN_DOUBLE"]),
        ("vae.c", ["-DSUFFIX=_1"]),
        ("stamp.c", ["-DSUFFIX=_1"]),
    ]
    # on Windows GCC does not align the stack for longer vectors
    if platform.machine().lower() in ("x86_64", "amd64") and sys.platform != "win32":
        wanted += [("vae.c", [f"-DSUFFIX=_{v}", f"-march=x86-64-v{v}"]) for v in (3, 4)]
        wanted += [
            ("stamp.c", ["-DSUFFIX=_3", "-march=x86-64-v3"])
        ]  # with longer vectors no faster
    return wanted


def run(command: list[str]) -> None:
    """Run a compiler.

    Raises:
        CalledProcessError: It failed; `stderr` says why.
        TimeoutExpired: It took minutes.
    """
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
