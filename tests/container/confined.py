#!/usr/bin/env python3
"""Becomes a program in an image, confined as docker-compose.yml says.

    unshare --pid --mount --fork confined.py ROOT COMMAND...

As root, and the first process of a namespace of its own: makes the file system ROOT read-only, leaves everything
outside of it, gives up every capability and every way to regain one, and becomes COMMAND as user 65532. The
environment is handed on.
"""

import ctypes
import os
import sys

USER = 65532
# From <sys/mount.h> and <sys/prctl.h>.
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND = 1, 2, 32, 4096
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    """Calls a function of the C library; a result below 0 is an error."""
    if getattr(libc, function)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def main(root, command):
    place = os.fsencode(root)
    call("mount", place, place, None, MS_BIND, None)
    call("mount", None, place, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, None)
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        capabilities = range(int(file.read()) + 1)
    os.chroot(root)
    os.chdir("/")
    for capability in capabilities:
        call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    # With the last user id of root go all capabilities that are left.
    os.setresuid(USER, USER, USER)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
