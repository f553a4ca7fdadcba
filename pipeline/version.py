"""The version of h33, which everything that it writes names."""

__version__ = "0.1.0"
