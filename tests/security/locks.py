"""What do the lock files pin, and what does each of the environments that they are for need?

The needs come from the installed distributions' own metadata, walked anew for each Python and system, so that nothing
here repeats what the program that wrote the locks believed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = tuple(PROJECT["project"]["dependencies"])
BUILD = tuple(PROJECT["build-system"]["requires"])
DEV = tuple(PROJECT["project"]["optional-dependencies"]["dev"])
NEEDS = {
    "requirements.lock": RUNTIME,
    "requirements-build.lock": BUILD,
    "requirements-dev.lock": RUNTIME + DEV,
}
OF_THEIR_OWN = {
    "requirements-binary.lock": tuple(PROJECT["project"]["optional-dependencies"]["binary"]),
    "requirements-fuzz.lock": tuple(PROJECT["project"]["optional-dependencies"]["fuzz"]),
}
"""What is installed elsewhere than here, so that only what is asked for itself can be held against its pins."""
_PIN = re.compile(r"^(?P<requirement>\S+==[^\\]+?) \\\n(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    requirement: Requirement
    hashes: tuple[str, ...]

    def applies(self, environment: dict[str, str]) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate(environment)


def read_lock(name: str) -> list[Pin]:
    """The pins of a lock; anything else in it but remarks is refused."""
    text = (ROOT / name).read_text(encoding="utf-8")
    rest = re.sub(r"^ *#.*\n", "", _PIN.sub("", text), flags=re.MULTILINE)
    assert rest == "", f"{name}: not a pin with its hashes: {rest.splitlines()[0]}"
    return [_read_pin(match) for match in _PIN.finditer(text)]


def _read_pin(match: re.Match[str]) -> Pin:
    requirement = Requirement(match["requirement"])
    (specifier,) = requirement.specifier
    return Pin(
        canonicalize_name(requirement.name),
        specifier.version,
        requirement,
        tuple(re.findall(r"--hash=(\S+)", match["hashes"])),
    )


def environments() -> Iterator[dict[str, str]]:
    """Every Python and system that the locks are for."""
    for minor in (11, 12, 13, 14):
        for system, platform, machine in (
            ("Linux", "linux", "x86_64"),
            ("Linux", "linux", "aarch64"),
            ("Windows", "win32", "AMD64"),
        ):
            yield {
                "python_version": f"3.{minor}",
                "python_full_version": f"3.{minor}.0",
                "platform_system": system,
                "sys_platform": platform,
                "platform_machine": machine,
                "os_name": "nt" if platform == "win32" else "posix",
                "platform_python_implementation": "CPython",
                "implementation_name": "cpython",
                "extra": "",
            }


def closure(requirements: Iterable[str], environment: dict[str, str]) -> dict[str, list[Requirement]]:
    """Name → all that is asked of it, for the requirements and whatever those require, in one environment."""
    asked: dict[str, list[Requirement]] = {}
    waiting = [Requirement(text) for text in requirements]
    followed: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        name = canonicalize_name(requirement.name)
        asked.setdefault(name, []).append(requirement)
        extras = frozenset(requirement.extras)
        if (name, extras) not in followed:
            followed.add((name, extras))
            waiting += _required_by(name, extras, environment)
    return asked


def _required_by(name: str, extras: frozenset[str], environment: dict[str, str]) -> Iterator[Requirement]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return  # for another system than this one; such packages are small and require nothing
    for text in texts:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment | {"extra": extra}) for extra in extras | {""}):
            requirement.marker = None  # it has been answered, with its extras
            yield requirement
