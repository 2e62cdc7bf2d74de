"""What the kernel holds against the locked child, whatever DuckDB would let it do.

Limits of memory, computing time, files and processes; no new rights; and, where the kernel has Landlock, no file but
the ones named and no network. Needs no right of its own and cannot be undone by the process that called it. Linux only.
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_ASK_VERSION = 1
_BENEATH = 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights over files a version of Landlock knows; 16 since version 5 (linux/landlock.h)."""
_BIND_AND_CONNECT_TCP = 0b11
_OTHERS_SOCKETS_AND_SIGNALS = 0b11

_LIBC = ctypes.CDLL(None, use_errno=True)


def limit_resources(memory: int, open_files: int) -> None:
    """Cap the address space (bytes) and open files; no file can grow, no core is dumped, no new right is won.

    The process ends when the one that started it does.
    """
    for which, most in {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(which, (most, most))
    for option, value in ((_PR_SET_NO_NEW_PRIVS, 1), (_PR_SET_PDEATHSIG, int(signal.SIGKILL))):
        if _LIBC.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def forbid_processes() -> None:
    """Let no process and no thread begin from here on (the kernel does not hold root to that)."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def allow_cpu(seconds: int) -> None:
    """Let the process compute that many seconds more before the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, most))


def landlock(readable: Iterable[Path]) -> int:
    """Take every file from this process but the readable ones and those beneath them, and TCP; give the version.

    0 where the kernel has no Landlock. It binds this thread and those that it starts: call it before any other runs.
    """
    version: int = _LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return 0
    rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    asked = struct.pack(
        "=" + "Q" * (1 + (version >= 4) + (version >= 6)),
        *[rights, _BIND_AND_CONNECT_TCP, _OTHERS_SOCKETS_AND_SIGNALS][: 1 + (version >= 4) + (version >= 6)],
    )
    rules = _checked(_LIBC.syscall(_LANDLOCK_CREATE_RULESET, asked, ctypes.c_size_t(len(asked)), 0))
    for path in readable:
        if not path.exists():
            continue
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)  # left open: what stands for a file of /proc lasts as long
        rule = struct.pack("=Qi", _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE, place)
        _checked(_LIBC.syscall(_LANDLOCK_ADD_RULE, rules, _BENEATH, rule, 0))
    _checked(_LIBC.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0))
    os.close(rules)
    return version


def _checked(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return answer
