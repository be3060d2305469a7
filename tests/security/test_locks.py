"""What is installed is what the lock files pin, and they pin just what the project needs, everywhere it runs."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from tests.security.locks import BUILD, DEV, NEEDS, OF_THEIR_OWN, ROOT, closure, environments, read_lock

MEND = "run: make lock"
LOCKS = pytest.mark.parametrize("lock", NEEDS)


@LOCKS
def test_every_need_is_met_by_one_pin_on_every_system(lock: str) -> None:
    pins = read_lock(lock)
    for environment in environments():
        pinned = {}
        for pin in pins:
            if pin.applies(environment):
                assert pin.name not in pinned, f"{lock} pins {pin.name} twice for {environment}: {MEND}"
                pinned[pin.name] = pin.version
        for name, requirements in closure(NEEDS[lock], environment).items():
            assert name in pinned, f"{lock} lacks {name} for {environment}: {MEND}"
            for requirement in requirements:
                fits = requirement.specifier.contains(pinned[name], prereleases=True)
                assert fits, f"{lock} pins {name} {pinned[name]}, but {requirement} is needed: {MEND}"


@LOCKS
def test_nothing_is_pinned_that_nothing_needs(lock: str) -> None:
    needed = {name for environment in environments() for name in closure(NEEDS[lock], environment)}
    superfluous = {pin.name for pin in read_lock(lock)} - needed
    assert not superfluous, f"{lock} pins what nothing needs: {sorted(superfluous)}: {MEND}"


@pytest.mark.parametrize("lock", OF_THEIR_OWN)
def test_what_is_installed_elsewhere_is_pinned_in_range(lock: str) -> None:
    pinned = {pin.name: pin.version for pin in read_lock(lock)}
    for requirement in map(Requirement, OF_THEIR_OWN[lock]):
        assert requirement.name in pinned, f"{lock} lacks {requirement}: {MEND}"
        assert requirement.specifier.contains(pinned[requirement.name]), (
            f"{lock} is not in range of {requirement}: {MEND}"
        )


def test_every_lock_is_tested() -> None:
    assert {file.name for file in ROOT.glob("requirements*")} == {*NEEDS, *OF_THEIR_OWN}


@pytest.mark.parametrize("lock", [*NEEDS, *OF_THEIR_OWN])
def test_every_pin_has_hashes_of_its_files(lock: str) -> None:
    for pin in read_lock(lock):
        assert pin.hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", text) for text in pin.hashes), pin.name


def test_the_locks_agree_with_each_other() -> None:
    pinned = {str(pin.requirement).partition(";")[0]: set(pin.hashes) for pin in read_lock("requirements-dev.lock")}
    for lock in ("requirements.lock", "requirements-build.lock"):
        for pin in read_lock(lock):
            same = pinned.get(f"{pin.requirement.name}=={pin.version}") == set(pin.hashes)
            assert same, f"requirements-dev.lock pins another {pin.name} than {lock}: {MEND}"


def test_this_environment_holds_what_is_pinned() -> None:
    here = {name: str(value) for name, value in default_environment().items()}
    for pin in read_lock("requirements-dev.lock"):
        if pin.applies(here):
            found = metadata.version(pin.name)
            assert found == pin.version, f"{pin.name} {found} is installed, {pin.version} is pinned: run make test"


def test_developers_have_what_the_build_needs() -> None:
    developers = {Requirement(text).name: Requirement(text).specifier for text in DEV}
    for requirement in map(Requirement, BUILD):
        assert developers.get(requirement.name) == requirement.specifier


def test_every_installation_checks_hashes_or_brings_nothing() -> None:
    """What `make` installs is pinned with hashes, or the project itself, or the one program that writes the locks."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Makefile").read_text(encoding="utf-8"))
    variables = dict(re.findall(r"^(\w+) := (.*)$", text, re.MULTILINE))
    for name in ("INSTALL_LOCKED", "INSTALL_PROJECT", "PIP"):
        text = text.replace(f"$({name})", variables[name])
    commands = re.findall(r"^\t.*\bpip\b.* (?:install|wheel) .*$", text, re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        brings_nothing = "--no-deps" in command and "--no-build-isolation" in command
        assert "--require-hashes" in command or brings_nothing or command.endswith("install uv==$(UV_VERSION)"), command


def test_the_oldest_python_of_the_locks_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert "--python-version 3.11 " in (ROOT / "Makefile").read_text(encoding="utf-8")
