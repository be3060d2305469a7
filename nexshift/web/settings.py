"""What can be chosen about a running service?

A further choice is one field here and one option of `nexshift serve` of the same name; environment variable, place in
the configuration file and line of `nexshift config` follow from the option.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nexshift.config import BACKUP_KEEP, HSTS_DAYS, RATE_LIMIT, RESPONSE_CACHE_MIB

LogFormat = Literal["auto", "human", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = ("auto", "human", "json")


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Everything that `serve` is told; the defaults are those of the command line too."""

    database: Path
    host: str = "127.0.0.1"
    port: int = 8080  # 0 takes a free one
    workers: int = 1
    rate_limit: int = RATE_LIMIT  # requests a minute for each key that has no limit of its own
    response_cache_mib: int = RESPONSE_CACHE_MIB
    cors_origins: tuple[str, ...] = ()
    log_format: LogFormat = "auto"  # for people on a terminal, else JSON
    metrics: bool = False  # whether /metrics answers, to everybody
    tls_cert: Path | None = None  # with `tls_key`, or neither
    tls_key: Path | None = None
    hsts_days: int = HSTS_DAYS  # for which browsers remember to ask over TLS; 0 makes them forget it
    backup_dir: Path | None = None  # where nightly backups go; None makes none
    backup_keep: int = BACKUP_KEEP
    backup_at: str = "02:00"  # HH:MM, of this machine's own time zone
