"""The doctor sees an encrypted disk through all that may lie between it and the folder, and calls nothing else so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.encryption import encryption_of
from tests.cli.linux import Linux

LUKS = "CRYPT-LUKS2-8d1f00d5a1de4b0c9a3c2d9c6a8f1b2e-cryptdata"
LVM = "LVM-Rk2lT0Vn5sXw"


@pytest.fixture
def linux(tmp_path: Path) -> Linux:
    """Its root lies on an ordinary partition."""
    linux = Linux(tmp_path / "root")
    linux.disk("sda", "8:0")
    linux.partition("sda1", "8:1", "sda")
    linux.partition("sda2", "8:2", "sda")
    return linux


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "the studio" / "data"
    folder.mkdir(parents=True)
    return folder


def test_an_ordinary_partition_is_not_encrypted(linux: Linux, folder: Path) -> None:
    assert encryption_of(folder, linux.root) is None


@pytest.mark.parametrize(
    ("uuid", "expected"),
    [
        (LUKS, "LUKS"),
        ("CRYPT-LUKS1-8d1f-old", "LUKS"),
        ("CRYPT-PLAIN-name", "dm-crypt"),
        ("CRYPT-BITLK-8d1f-stick", "BitLocker"),
        ("CRYPT-TCRYPT-name", "VeraCrypt"),
        ("CRYPT-VERITY-8d1f-usr", None),
        ("CRYPT-INTEGRITY-name", None),
        (LVM, None),
        ("mpath-CRYPT-LUKS2-8d1f", None),
    ],
)
def test_the_kind_of_a_mapped_device_decides(
    linux: Linux, folder: Path, uuid: str, expected: str | None
) -> None:
    linux.disk("dm-0", "254:0", uuid, below=["sda2"])
    linux.mount(folder.parent, "254:0", source="/dev/mapper/data")
    assert encryption_of(folder, linux.root) == expected


def test_a_volume_on_an_encrypted_disk_is_encrypted(linux: Linux, folder: Path) -> None:
    linux.disk("dm-0", "254:0", LUKS, below=["sda2"])
    linux.disk("dm-1", "254:1", LVM, below=["dm-0"])
    linux.mount(folder, "254:1", source="/dev/mapper/group-data")
    assert encryption_of(folder, linux.root) == "LUKS"


@pytest.mark.parametrize(("other", "expected"), [("CRYPT-PLAIN-b", "LUKS and dm-crypt"), (LVM, None)])
def test_a_volume_over_two_disks_needs_both(
    linux: Linux, folder: Path, other: str, expected: str | None
) -> None:
    linux.disk("dm-0", "254:0", LUKS, below=["sda2"])
    linux.disk("dm-1", "254:1", other, below=["sda1"])
    linux.disk("dm-2", "254:2", LVM, below=["dm-0", "dm-1"])
    linux.mount(folder, "254:2")
    assert encryption_of(folder, linux.root) == expected


def test_a_partition_of_an_encrypted_device_is_encrypted(linux: Linux, folder: Path) -> None:
    linux.disk("dm-0", "254:0", LUKS, below=["sda2"])
    linux.disk("md0", "9:0", below=["dm-0"])
    linux.partition("md0p1", "259:0", "md0")
    linux.mount(folder, "259:0")
    assert encryption_of(folder, linux.root) == "LUKS"


def test_the_innermost_mount_counts_and_of_those_at_one_place_the_latest(linux: Linux, folder: Path) -> None:
    linux.disk("dm-0", "254:0", LUKS)
    linux.mount(folder.parent, "254:0")
    linux.mount(folder.parent.parent / "the", "8:1")  # a name that only begins so
    assert encryption_of(folder, linux.root) == "LUKS"
    linux.mount(folder, "8:1")
    assert encryption_of(folder, linux.root) is None
    linux.mount(folder, "254:0")
    assert encryption_of(folder, linux.root) == "LUKS"


def test_a_link_to_an_encrypted_disk_is_followed(linux: Linux, folder: Path, tmp_path: Path) -> None:
    linux.disk("dm-0", "254:0", LUKS)
    linux.mount(folder, "254:0")
    (tmp_path / "link").symlink_to(folder)
    assert encryption_of(tmp_path / "link", linux.root) == "LUKS"


def test_btrfs_is_encrypted_where_every_device_of_its_pool_is(linux: Linux, folder: Path) -> None:
    linux.disk("dm-0", "254:0", LUKS)
    linux.disk("dm-1", "254:1", LUKS)
    (linux.root / "dev/mapper/data").symlink_to("../dm-0")
    linux.mount(folder, "0:44", "btrfs", "/dev/mapper/data")
    assert encryption_of(folder, linux.root) == "LUKS"
    linux.pool("dm-0", "dm-1")
    assert encryption_of(folder, linux.root) == "LUKS"
    linux.pool("sda2")
    assert encryption_of(folder, linux.root) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ecryptfs", "eCryptfs"),
        ("fuse.gocryptfs", "gocryptfs"),
        ("fuse.sshfs", None),
        ("nfs4", None),
        ("tmpfs", None),
    ],
)
def test_a_file_system_may_encrypt_by_itself(
    linux: Linux, folder: Path, kind: str, expected: str | None
) -> None:
    linux.mount(folder, "0:51", kind, "/home/.encrypted")
    assert encryption_of(folder, linux.root) == expected


def test_a_folder_that_fscrypt_encrypts_carries_its_flag(linux: Linux, folder: Path) -> None:
    assert encryption_of(folder, linux.root, lambda _: 0x80800) == "fscrypt"
    assert encryption_of(folder, linux.root, lambda _: 0x80000) is None


def test_where_the_kernel_shows_no_mounts_nothing_is_seen(linux: Linux, folder: Path) -> None:
    (linux.root / "proc/self/mountinfo").unlink()
    assert encryption_of(folder, linux.root) is None


def test_this_very_machine_can_be_asked(folder: Path) -> None:
    assert encryption_of(folder) in (None, "LUKS", "dm-crypt", "fscrypt", "eCryptfs")
