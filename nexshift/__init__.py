"""Nexshift: a plant's production records as a read-only REST API over one SQLite file, with OEE."""

from importlib.metadata import version

__version__ = version("nexshift")
