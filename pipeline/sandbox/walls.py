"""What the kernel refuses a process for good: files, sockets, memory, by Landlock and resource limits.

To be put up before any library that starts threads is loaded: Landlock binds the calling thread and those
that it starts.
Facts: https://docs.kernel.org/userspace-api/landlock.html and man setrlimit(2), prctl(2), mallopt(3).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Iterable
from pathlib import Path

# System calls have the same numbers on every machine since 2019.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_ARENA_MAX = -8

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14
_READ = _READ_FILE | _READ_DIR
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
#: Rights that a version of Landlock knows, and so can refuse.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP_BIND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """Return the kernel's version of Landlock; 0 where it has none, or none is switched on."""
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION)))


def shut(readable: Iterable[Path], writable: Path) -> bool:
    """Let this process read below these paths, write below one folder, and open no TCP connection.

    Args:
        readable: files and folders; those that do not exist are passed over.
        writable: a folder in which files may be made, changed and removed.

    Returns:
        Whether the kernel does it; else nothing is shut.

    Raises:
        OSError: the kernel knows Landlock and refused.
    """
    version = landlock_version()
    if not version:
        return False
    handled = _FILE_RIGHTS[min(version, 5)]
    attributes = _Ruleset(
        files=handled,
        net=_TCP_BIND_CONNECT if version >= 4 else 0,
        scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0,
    )
    libc = _libc()
    # Older kernels know a shorter structure, and take a longer one whose end is zero.
    ruleset = _checked(
        libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0), "landlock"
    )
    for path in readable:
        _allow(ruleset, path, _READ & handled)
    _allow(ruleset, writable, (_READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE) & handled)
    _checked(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock")
    os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= _OF_FILES
    rule = _Beneath(allowed=rights, parent=parent)
    done = _libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(parent)
    _checked(done, str(path))


def bound(address_space: int, file_size: int) -> None:
    """Bound what this process may map and how large a file it may write, bytes; it leaves no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))


def bound_cpu(seconds: float) -> None:
    """Let this process work so many CPU seconds more; the kernel then ends it by SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def mapped() -> int:
    """Return the bytes of address space that this process has mapped."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def settle() -> None:
    """Die with the parent, and let threads share two heaps: one for each would map 64 MB of addresses."""
    libc = _libc()
    libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_ARENA_MAX, 2)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result
