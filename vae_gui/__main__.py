"""`python -m vae_gui` is the same as the command `vae-gui`."""

import sys

from vae_gui.cli import main

if __name__ == "__main__":
    sys.exit(main())
