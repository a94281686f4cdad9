"""Run a command as somebody who isn't root, in a folder. A script of its own, on the standard library alone.

    python -I -S run_as.py namespace|setuid UID GID FOLDER COMMAND [ARGUMENT...]

`namespace` keeps the user that we are on the outside, so that files keep their owner, and is UID within a new user
namespace: without rights over anything that isn't ours. `setuid` becomes UID for good. PostgreSQL refuses uid 0 only.
Ends with the command's exit code, or one of those below.
"""

import ctypes
import os
import sys
from pathlib import Path

NOT_ALLOWED = 97  # the kernel, or a container's rules, refuse the switch
FOLDER_UNREACHABLE = 98  # that user can't come to FOLDER: a parent is closed to others
COMMAND_UNREACHABLE = 99  # that user can't run COMMAND
_CLONE_NEWUSER = 0x10000000


def _enter_namespace(uid: int, gid: int) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    # The kernel takes a gid_map from a process without rights outside only after this.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1", encoding="ascii")


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(arguments: list[str]) -> int:
    """Switch, go to the folder, turn into the command. Returns only when one of these fails."""
    way, uid, gid, folder, *command = arguments
    switch = _enter_namespace if way == "namespace" else _become
    try:
        switch(int(uid), int(gid))
    except (OSError, AttributeError) as error:  # AttributeError: a libc without unshare
        sys.stderr.write(f"{way}: {error}\n")
        return NOT_ALLOWED
    try:
        os.chdir(folder)
    except OSError as error:
        sys.stderr.write(f"{folder}: {error}\n")
        return FOLDER_UNREACHABLE
    os.umask(0o077)
    try:
        os.execv(command[0], command)  # noqa: S606 - turning into the command is what this script is for
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error}\n")
    return COMMAND_UNREACHABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
