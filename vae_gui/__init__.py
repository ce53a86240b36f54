"""VAE GUI: see how a variational auto-encoder learns."""

__version__ = "0.1.0"
