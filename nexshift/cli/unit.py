"""`nexshift service`: a unit with which systemd runs the service, shut off from everything that it does not need."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from nexshift.cli.in_force import InForce, find_in_force
from nexshift.cli.printing import print_document, say
from nexshift.cli.settings import Settings
from nexshift.cli.unit_words import check_user, write_argument, write_program, write_word
from nexshift.config import MAX_CONNECTIONS, MAX_TURNED_AWAY, RESERVED_FILES, SHUTDOWN_S

_UNIT = """\
# Nexshift as a service of systemd. Written by `nexshift service`. To install it, as root:
#
#   useradd --system --home-dir {home} --shell /usr/sbin/nologin {user}
#   install -d -o {user} -g {user} -m 0750 {home}
#   chown {user}: {database}*
#   install -m 0644 nexshift.service /etc/systemd/system/
#   systemctl daemon-reload
#   systemctl enable --now nexshift
#
# Then `systemctl status nexshift`, and the log with `journalctl -u nexshift`. Import as the same user:
#
#   sudo -u {user} {program} --db {database} import FOLDER

[Unit]
Description=Nexshift, the plant's production records over HTTP
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={command}
{environment}User={user}
Group={user}
UMask=0077
Restart=on-failure
RestartSec=5
# Options that are wrong stay wrong.
RestartPreventExitStatus=2
# Stopped while it was starting.
SuccessExitStatus=143
# A database of an older version is copied and brought up to date before the service is ready.
TimeoutStartSec=1h
TimeoutStopSec={stop}
KillMode=mixed
LimitNOFILE={files}

# Nothing can be written but the database's folder, and that of the nightly backups.
ProtectSystem=strict
ReadWritePaths={folders}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
DevicePolicy=closed
ProtectProc=invisible
ProcSubset=pid

# Nothing can be gained.
NoNewPrivileges=yes
{capabilities}RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Nightly backups take a lower priority than requests.
SystemCallFilter=setpriority
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
_NO_CAPABILITIES = "CapabilityBoundingSet=\nAmbientCapabilities=\nPrivateUsers=yes\n"
_LOW_PORT = (
    "# A port below 1024 takes this one capability, in the machine's own list of users.\n"
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"
)
_FIRST_OPEN_PORT = 1024
_HIDDEN = {"/home": "ProtectHome", "/root": "ProtectHome", "/tmp": "PrivateTmp", "/var/tmp": "PrivateTmp"}  # noqa: S108


@click.command()
@click.option(
    "--user", default="nexshift", show_default=True, metavar="NAME", help="The user of the system to run it as."
)
@click.pass_context
def service(context: click.Context, user: str) -> None:
    """Print a unit for systemd, with how to install it.

    It starts this very program with the database, the configuration file and the environment variables that are in
    force now; `nexshift config` shows them. The service gets a user of its own, can write nothing but the database's
    folder, and says itself when it is ready. It is started again when it fails, but not when its options are wrong.

    \b
    nexshift service > nexshift.service
    nexshift --db /var/lib/nexshift/plant.db --config /etc/nexshift.toml service > nexshift.service
    """
    settings = context.ensure_object(Settings)
    database = settings.database.absolute()
    in_force = {each.option: each for each in find_in_force(context.find_root())}
    program = find_program()
    words = [*program, "--db", str(database)]
    if settings.config is not None:
        words += ["--config", str(settings.config.absolute())]
    port = in_force["serve.port"].value
    print_document(
        _UNIT.format(
            user=check_user(user),
            home=shlex.quote(str(database.parent)),
            database=shlex.quote(str(database)),
            program=shlex.join(program),
            command=" ".join([write_program(words[0]), *map(write_argument, words[1:]), "serve"]),
            environment="".join(_carry(list(in_force.values()))),
            folders=" ".join(write_word(str(folder)) for folder in _list_written(database, in_force)),
            capabilities=_LOW_PORT if 0 < port < _FIRST_OPEN_PORT else _NO_CAPABILITIES,
            stop=SHUTDOWN_S + 10,
            files=MAX_CONNECTIONS + MAX_TURNED_AWAY + RESERVED_FILES,
        )
    )
    values = [each.value for each in in_force.values()]
    for path in dict.fromkeys(
        (Path(program[0]), database, *(Path(v).absolute() for v in values if isinstance(v, Path)))
    ):
        _warn_of_hidden(path)


def find_program() -> list[str]:
    """The words with which this program was started, to start it from anywhere."""
    first = Path(sys.argv[0])
    if first.name == "__main__.py":
        return [sys.executable, "-m", "nexshift"]
    return [str(Path(shutil.which(sys.argv[0]) or first).absolute())]


def _list_written(database: Path, in_force: Mapping[str, InForce]) -> list[Path]:
    """The folders that the service writes to."""
    backups: Path | None = in_force["serve.backup-dir"].value
    if backups is None or backups.absolute().is_relative_to(database.parent):
        return [database.parent]
    return [database.parent, backups.absolute()]


def _carry(in_force: list[InForce]) -> Iterator[str]:
    """The environment that counts now; systemd starts the service with none of it."""
    for each in in_force:
        if each.source == "environment" and each.option.startswith("serve."):
            value = each.value.absolute() if isinstance(each.value, Path) else each.value
            text = " ".join(value) if isinstance(value, tuple) else str(value)
            yield f"Environment={write_word(f'{each.name}={text}')}\n"


def _warn_of_hidden(path: Path) -> None:
    for folder, setting in _HIDDEN.items():
        if path.is_relative_to(folder):
            say(f"{path} lies where the unit hides it from the service ({setting}); move it", err=True)


COMMANDS = (service,)
