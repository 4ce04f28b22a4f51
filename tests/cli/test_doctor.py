"""What the doctor finds on the disk and of the picture checker, and that it says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import ModelSettings
from bot.settings.sections import SafetySettings
from tests.cli.linux import Linux, findings
from tests.cli.test_encryption import LUKS
from tests.engine.tiny_checkers import save_constant

OWN_MODEL = (ModelSettings(name="own", source="demo-like"),)


@pytest.fixture
def linux(tmp_path: Path) -> Linux:
    return Linux(tmp_path / "root")


async def test_an_encrypted_disk_is_good_and_any_other_says_what_to_do(linux: Linux) -> None:
    found = (await findings(linux))["encryption"]
    assert found.startswith(f"look: {linux.root.parent / 'data'} cannot be seen to be encrypted: ")
    for word in ("LUKS", "FileVault", "BitLocker"):
        assert word in found
    linux.disk("dm-0", "254:0", LUKS)
    linux.mount(linux.root.parent, "254:0")
    found = (await findings(linux))["encryption"]
    assert found == f"ok: {linux.root.parent / 'data'} is encrypted at rest, by LUKS"


async def test_a_mode_that_needs_a_checker_is_bad_without_one(linux: Linux) -> None:
    found = await findings(linux, models=OWN_MODEL)
    assert found["checker"] == "ok: there is none, and no setting asks for one"
    for mode in ("spoiler", "block", "review"):
        found = await findings(linux, models=OWN_MODEL, policy={"safety": mode})
        assert found["checker"].startswith(f"no: there is none, so nothing is drawn where safety is {mode}")
        assert "set checker in [safety], such as CompVis/stable-diffusion-safety-checker" in found["checker"]


async def test_a_checker_is_tried_out(linux: Linux, tmp_path: Path) -> None:
    assert (await findings(linux))["checker"].startswith("ok: that of the demo model is there")
    asked = await findings(linux, policy={"safety": "block"})
    assert asked["checker"] == "ok: demo loads and looks at pictures; [policy] says block"
    folder = save_constant(tmp_path / "checker", flags=False)
    given = {
        "models": OWN_MODEL,
        "safety": SafetySettings(checker=str(folder)),
        "policy": {"safety": "block"},
    }
    assert (await findings(linux, **given))["checker"] == (
        f"ok: {folder} loads and looks at pictures; [policy] says block"
    )
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    found = (await findings(linux, **given))["checker"]
    assert found.startswith(f"no: {folder} cannot be used, so nothing is drawn where safety is on")
    assert "set checker in [safety]" in found


async def test_a_checker_that_is_not_there_is_bad_and_one_of_the_hub_is_fetched_later(linux: Linux) -> None:
    nowhere = await findings(linux, safety=SafetySettings(checker="no/such"))
    assert nowhere["checker"].startswith("no: no/such cannot be used")
    pinned = await findings(linux, safety=SafetySettings(checker="no/such", revision="0" * 40))
    assert pinned["checker"].startswith("ok: no/such is fetched at its first use")


async def test_a_policy_that_cannot_be_read_is_bad(linux: Linux) -> None:
    found = await findings(linux, policy={"safety": "strict"})
    assert found["policy"].startswith("no: policy.safety: ")
