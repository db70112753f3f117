"""Whose account an embedded server runs under: ours, unless we are root."""

import contextlib
import logging
import os
import stat
import subprocess
from pathlib import Path

from fintech_pipeline.errors import StorageError

SYSTEM_USER = "pgserver"
Owner = tuple[int, int] | None
"""The user and group that the server runs as, where that is not ourselves."""

_logger = logging.getLogger(__name__)


def server_owner(cluster: Path) -> Owner:
    """Postgres refuses to run as root: then the cluster's owner, or a system user of its own."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid, cluster.stat().st_gid
    import fcntl
    import pwd

    # Two useradds at once both succeed, and the second gives the name another number.
    with Path("/etc/passwd").open() as accounts:
        fcntl.flock(accounts, fcntl.LOCK_EX)
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(SYSTEM_USER)[2:4]
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
        with contextlib.suppress(OSError, KeyError):
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603  # a constant
            return pwd.getpwnam(SYSTEM_USER)[2:4]
    raise StorageError(
        f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER} could not be made; run as "
        f"another user, or set DATABASE_URL."
    )


def let_through(folder: Path, owner: tuple[int, int]) -> None:
    """Lets the server's user pass the folders above, which root may keep to itself."""
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    user, group = owner
    answer = subprocess.run(  # noqa: S603  # the path is an argument, not part of the script
        command, check=False, capture_output=True, user=user, group=group, extra_groups=[]
    )
    for part in (folder, *folder.parents) if answer.returncode else ():
        if not part.stat().st_mode & stat.S_IXOTH:
            _logger.warning("%s was opened to be passed (o+x): the database runs below it", part)
            part.chmod(part.stat().st_mode | stat.S_IXOTH)


def make_private(folder: Path, owner: Owner) -> None:
    """Makes a folder that only the server's user may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), *(owner or ())[:1]}:
        raise StorageError(f"{folder} belongs to somebody else; remove it to start the database.")
    if owner:
        os.chown(folder, *owner, follow_symlinks=False)
    folder.chmod(0o700)
