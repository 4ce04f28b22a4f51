"""A made-up `proc` and `sys` in a folder, as Linux shows its mounts and disks, and what the doctor says there."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.cli.doctor import examine
from bot.settings import Settings, StorageSettings


class Linux:
    """Its `root` is what `encryption_of` looks below."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        (root / "dev/mapper").mkdir(parents=True)
        for folder in ("dev/block", "class/block", "fs/btrfs"):
            (root / "sys" / folder).mkdir(parents=True)
        self._mounts = root / "proc/self/mountinfo"
        self._mounts.write_text("22 27 0:21 / /proc rw,relatime shared:9 - proc proc rw\n")
        self.mount(Path("/"), "8:1", source="/dev/sda1")

    def mount(self, place: Path, device: str, kind: str = "ext4", source: str = "/dev/sda1") -> None:
        escaped = str(place).replace(" ", "\\040")
        line = f"35 27 {device} / {escaped} rw,relatime shared:1 master:2 - {kind} {source} rw\n"
        self._mounts.write_text(self._mounts.read_text() + line)

    def disk(self, name: str, device: str, uuid: str = "", below: Sequence[str] = ()) -> None:
        """A block device by its name and numbers, that lies on others; `uuid` where it is the device mapper's."""
        place = self._add(self.root / "sys/devices/block" / name, device)
        if uuid:
            (place / "dm").mkdir()
            (place / "dm/uuid").write_text(f"{uuid}\n")
        (place / "slaves").mkdir()
        for each in below:
            (place / "slaves" / each).symlink_to(self.root / "sys/class/block" / each)

    def partition(self, name: str, device: str, disk: str) -> None:
        place = self._add(self.root / "sys/devices/block" / disk / name, device)
        (place / "partition").write_text("1\n")

    def pool(self, *names: str) -> None:
        """A btrfs over several devices."""
        devices = self.root / "sys/fs/btrfs/0b7c/devices"
        devices.mkdir(parents=True, exist_ok=True)
        for name in names:
            (devices / name).symlink_to(self.root / "sys/class/block" / name)

    def _add(self, place: Path, device: str) -> Path:
        place.mkdir(parents=True)
        (self.root / "sys/class/block" / place.name).symlink_to(place)
        (self.root / "sys/dev/block" / device).symlink_to(place)
        (self.root / "dev" / place.name).touch()
        return place


async def findings(linux: Linux, **changes: Any) -> dict[str, str]:
    """The verdict and the words of each line of the report, by what it is about."""
    storage = StorageSettings(folder=linux.root.parent / "data")
    shown = io.StringIO()
    await examine(Settings(storage=storage, **changes), Console(file=shown, width=2000), linux.root)
    rows = [line.split("│") for line in shown.getvalue().splitlines() if line.count("│") == 4]
    return {what.strip(): f"{verdict.strip()}: {words.strip()}" for _, what, verdict, words, _ in rows}
