"""A PostgreSQL server of one's own for a while: in a temporary folder, on loopback, then gone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_binaries() -> Path | None:
    """The folder of initdb and postgres, on the PATH or where Debian puts them."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: path.parts[4],
        reverse=True,
    )
    return found[0].parent if found else None


@contextmanager
def postgres_server(binaries: Path) -> Iterator[str]:
    """Run a server while the block runs; yields the address of an empty database."""
    with tempfile.TemporaryDirectory(prefix="fil-postgres-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        as_owner: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root: its package brings a user made for it.
            as_owner = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
            shutil.chown(data, "postgres")
        subprocess.run(
            [
                *as_owner,
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "tests",
                "-A",
                "trust",
                "-E",
                "UTF8",
            ],
            check=True,
            capture_output=True,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
            # Nothing here has to survive a power cut.
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
        )
        control: list[str | Path] = [
            *as_owner,
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            f"{folder}/log",
        ]
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True)
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
