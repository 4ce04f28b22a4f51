"""Pictures are signed with certificates of the owner's own; what becomes of one that cannot be is the owner's word."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from bot.cells import load_cells
from bot.domain.job import StoredPicture
from bot.errors import PostRefused
from bot.provenance import PictureFile, Seal, Signing, SigningError, SourceType, Trust, fit, inspect, unsigned
from bot.storage.pictures import PictureStore
from tests.provenance.drawn import ENDINGS, as_sent, drawn

(PICTURE,) = drawn(1)
LIMIT = 10 * 2**20


def test_the_certificates_are_made_once_and_their_key_is_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "certificates"
    file = Signing(folder).sign(PictureFile(PICTURE.data, "png"), PICTURE.source)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert [each.name for each in folder.parent.iterdir()] == ["certificates"]
    assert inspect(file.data, Signing(folder)).manifest.trust is Trust.OURS
    assert inspect(file.data, Signing(tmp_path / "another studio")).manifest.trust is Trust.UNKNOWN


def test_the_certificates_hold_ten_years_and_the_roots_key_is_kept_nowhere(tmp_path: Path) -> None:
    Signing(tmp_path / "certificates")
    root, signer = (
        x509.load_pem_x509_certificate((tmp_path / "certificates" / name).read_bytes())
        for name in ("root.pem", "signer.pem")
    )
    signer.verify_directly_issued_by(root)
    assert root.subject.rfc4514_string() == "CN=Atelier local root,O=Atelier"
    for certificate in (root, signer):
        assert certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=3650)
    assert sum("PRIVATE KEY" in each.read_text() for each in (tmp_path / "certificates").iterdir()) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_signature_takes_no_more_room_than_is_left_for_it(signing: Signing, ending: str) -> None:
    for each in drawn(12):
        file = as_sent(each.data, ending)
        assert 0 < len(signing.sign(file, each.source).data) - len(file.data) <= signing.room < 5000


def test_a_signed_png_is_the_stored_one_but_for_its_manifest(signing: Signing) -> None:
    signed = signing.sign(PictureFile(PICTURE.data, "png"), PICTURE.source).data
    assert signed != PICTURE.data
    assert unsigned(signed) == PICTURE.data
    for data in (PICTURE.data, as_sent(PICTURE.data, "webp").data, b"", b"\x89PNG\r\n\x1a\n\0\0\0"):
        assert unsigned(data) == data


def test_several_threads_sign_at_once(signing: Signing) -> None:
    file = PictureFile(PICTURE.data, "png")
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda _: signing.sign(file, PICTURE.source).data, range(100)))
    assert len(set(signed)) == 100
    assert {inspect(data, signing).manifest.trust for data in signed} == {Trust.OURS}


def _emptied(folder: Path) -> None:
    (folder / "signer.key").unlink()


def _of_another_studio(folder: Path) -> None:
    Signing(folder.with_name("other"))
    (folder / "signer.key").write_bytes((folder.with_name("other") / "signer.key").read_bytes())


def _overwritten(folder: Path) -> None:
    (folder / "signer.pem").write_text("no certificate")


@pytest.mark.parametrize("damage", [_emptied, _of_another_studio, _overwritten])
def test_damaged_certificates_are_answered_with_what_to_do(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "certificates"
    Signing(folder)
    damage(folder)
    with pytest.raises(SigningError, match="Move the folder away"):
        Seal(folder, hold=True)
    seal = Seal(folder, hold=False)
    assert seal.signing is None
    for _ in range(3):
        assert seal.fit(PICTURE.data, LIMIT) == fit(PICTURE.data, LIMIT)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_sealed_picture_is_within_the_limit_with_its_signature(tmp_path: Path) -> None:
    seal = Seal(tmp_path / "certificates", hold=True)
    assert seal.signing is not None
    endings, room = set(), seal.signing.room
    for limit in range(room, len(PICTURE.data) + 2 * room, 256):
        file = seal.fit(PICTURE.data, limit)
        if file is not None:
            endings.add(file.ending)
            assert len(file.data) <= limit
            assert inspect(file.data, seal.signing).manifest == inspect(_whole(seal), seal.signing).manifest
    assert endings >= {"png", "webp"}
    assert seal.fit(PICTURE.data, 100) is None


def _whole(seal: Seal) -> bytes:
    file = seal.fit(PICTURE.data, LIMIT)
    assert file is not None
    return file.data


class _Failing(Signing):
    """Signs nothing while it is `broken`, as where a key is kept elsewhere."""

    broken = False

    def sign(self, file: PictureFile, source: SourceType) -> PictureFile:
        if self.broken:
            raise SigningError("The key cannot be reached.")
        return super().sign(file, source)


@pytest.mark.parametrize("hold", [False, True])
async def test_what_cannot_be_signed_goes_out_unsigned_or_not_at_all_and_the_log_says_it_once(
    tmp_path: Path, hold: bool, caplog: pytest.LogCaptureFixture
) -> None:
    store, seal = PictureStore(tmp_path / "pictures"), Seal(tmp_path / "certificates", hold=hold)
    seal.signing = signing = _Failing(tmp_path / "certificates")
    stored = StoredPicture(0, 1, await store.put(PICTURE.data), 128, 128, 1.0, "")

    async def sent() -> bytes:
        (cell,) = await load_cells(store, [stored], LIMIT, seal)
        return cell.file.data

    for _ in range(2):
        signing.broken = True
        for _ in range(3):
            if hold:
                with pytest.raises(PostRefused, match="cannot be signed now"):
                    await sent()
            else:
                assert await sent() == PICTURE.data
        signing.broken = False
        assert inspect(await sent(), signing).manifest.trust is Trust.OURS
    assert len(caplog.records) == 2


async def test_cells_without_a_seal_are_the_stored_files(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    stored = StoredPicture(0, 1, await store.put(PICTURE.data), 128, 128, 1.0, "")
    (cell,) = await load_cells(store, [stored], LIMIT)
    assert (cell.file.data, cell.file.ending) == (PICTURE.data, "png")
