"""Whether the disk under a folder is encrypted at rest, as far as a Linux kernel shows it."""

from __future__ import annotations

import array
import fcntl
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KINDS = {  # of cryptsetup's devices, by their device-mapper UUID; VERITY and INTEGRITY hide nothing
    "LUKS1": "LUKS",
    "LUKS2": "LUKS",
    "PLAIN": "dm-crypt",
    "LOOPAES": "loop-AES",
    "TCRYPT": "VeraCrypt",
    "BITLK": "BitLocker",
    "FVAULT2": "FileVault",
}
_UUID = re.compile(r"CRYPT-(?P<kind>[A-Z0-9]+)-")
_FILE_SYSTEMS = {
    "ecryptfs": "eCryptfs",
    "fuse.gocryptfs": "gocryptfs",
    "fuse.cryfs": "CryFS",
    "fuse.encfs": "EncFS",
}
_ESCAPE = re.compile(r"\\([0-7]{3})")  # of blanks and backslashes in mountinfo
_GET_FLAGS, _ENCRYPTED = 0x80086601, 0x800  # FS_IOC_GETFLAGS and FS_ENCRYPT_FL of linux/fs.h


@dataclass(frozen=True, slots=True)
class Mount:
    """What a folder lies on; `device` is its numbers, such as `254:1`, which some file systems invent."""

    place: Path
    device: str
    kind: str
    source: str


def encryption_of(
    folder: Path, root: Path = Path("/"), flags: Callable[[Path], int] | None = None
) -> str | None:
    """The name of what encrypts the folder, or none where nothing is seen to. `root` holds `proc` and `sys`.

    `flags` reads the attributes of a folder.
    """
    folder = folder.resolve()
    if (flags or _flags)(folder) & _ENCRYPTED:
        return "fscrypt"
    mount = _mount_of(folder, root)
    if mount is None:
        return None
    return _FILE_SYSTEMS.get(mount.kind) or _all(_devices(mount, root))


def _mount_of(folder: Path, root: Path) -> Mount | None:
    """The innermost, and of those at one place the latest, which hides the others."""
    try:
        text = (root / "proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    mounts = [mount for mount in map(_mount, text.splitlines()) if folder.is_relative_to(mount.place)]
    mounts.sort(key=lambda mount: len(mount.place.parts))
    return mounts[-1] if mounts else None


def _mount(line: str) -> Mount:
    """One line of mountinfo, as proc_pid_mountinfo(5) has it."""
    first, _, last = line.partition(" - ")
    _, _, device, _, place, *_ = first.split(" ")
    kind, source, *_ = last.split(" ")
    return Mount(Path(_plain(place)), device, kind, _plain(source))


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)


def _devices(mount: Mount, root: Path) -> list[Path]:
    """The folders in `sys` of all block devices that a file system is spread over; none where it has none."""
    device = root / "sys/dev/block" / mount.device
    if device.exists():
        return [device]
    block, source = root / "sys/class/block", root / mount.source.lstrip("/")
    if not mount.source.startswith("/dev/"):
        return []
    name = source.resolve().name
    for pool in (root / "sys/fs/btrfs").glob("*/devices"):  # btrfs invents the numbers of its mounts
        if (pool / name).exists():
            return sorted(block / each.name for each in pool.iterdir())
    return [block / name] if (block / name).exists() else []


def _encrypts(device: Path) -> str | None:
    """What encrypts the device itself, or every device below it: of a partition, a volume group or a RAID."""
    with suppress(OSError):
        found = _UUID.match((device / "dm/uuid").read_text("utf-8"))
        if found and found["kind"] in _KINDS:
            return _KINDS[found["kind"]]
    if (device / "partition").exists():
        return _encrypts(device.resolve().parent)
    below = device / "slaves"
    return _all(below.iterdir()) if below.is_dir() else None


def _all(devices: Iterable[Path]) -> str | None:
    """The names of what encrypts them; none where one of them is not encrypted, or there are none."""
    names = [_encrypts(device) for device in devices]
    known = [name for name in names if name is not None]
    return " and ".join(sorted(set(known))) if len(known) == len(names) and known else None


def _flags(folder: Path) -> int:
    """The attributes of a folder; 0 where its file system has none."""
    numbers = array.array("l", [0])
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return 0
    try:
        with suppress(OSError):
            fcntl.ioctl(opened, _GET_FLAGS, numbers)
    finally:
        os.close(opened)
    return numbers[0]
