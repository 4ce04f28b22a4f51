"""What admins set is read as it was set, also after a restart, and costs a press no query."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.policy.actors import Action
from bot.domain.policy.layers import Layer, Rule
from bot.domain.policy.rules import SETTINGS, AgeRule, Buttons, Rules
from bot.domain.safety import Safety
from bot.errors import StorageError
from bot.storage.database import Database
from bot.storage.policies import PolicyStore
from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import execute
from tests.storage.seeding import insert, opened

GUILD = 2**62
VALUES = {
    "enabled": False,
    "models": frozenset({"demo", "ink"}),
    "max_pixels": 512 * 512,
    "max_steps": 30,
    "max_count": 2,
    "cooldown": 90,
    "per_hour": 10,
    "gpu_seconds_per_day": 600,
    "queue_cap": 3,
    "newcomer_cap": 5,
    "guild_cap": 50,
    "priority": 4,
    "safety": Safety.REVIEW,
    "age_restricted": AgeRule.RELAX,
    "img2img": False,
    "training": False,
    "actions": frozenset({Action.IMAGINE, Action.UPSCALE}),
    "buttons": Buttons.REQUESTER,
    "min_account_days": 30,
    "min_member_days": 2,
    "newcomer_account_days": 14,
    "newcomer_member_days": 3,
    "words": ("blood", "Blut, viel"),
    "names": ("Ada Lovelace",),
    "timezone": "Europe/Berlin",
}


@pytest.fixture
def pseudonyms(tmp_path: Path) -> Pseudonyms:
    return Pseudonyms(tmp_path / "secret.key")


@pytest.fixture
def policies(database: Database, pseudonyms: Pseudonyms) -> PolicyStore:
    return PolicyStore(database, pseudonyms)


def test_every_setting_has_a_value_here() -> None:
    assert VALUES.keys() == SETTINGS.keys()


@pytest.mark.parametrize("setting", SETTINGS)
async def test_a_value_comes_back_as_it_was_set(
    database: Database, policies: PolicyStore, pseudonyms: Pseudonyms, setting: str
) -> None:
    for value in (getattr(Rules(), setting), VALUES[setting]):
        await policies.set(GUILD, Layer.GUILD, GUILD, setting, value)
        for store in (policies, PolicyStore(database, pseudonyms)):
            assert await store.rules_for(GUILD) == [Rule(Layer.GUILD, GUILD, setting, value)]
            assert type((await store.rules_for(GUILD))[0].value) is type(value)


async def test_of_several_values_all_are_set_or_none(database: Database, policies: PolicyStore) -> None:
    broken = "BEFORE INSERT ON rule WHEN new.setting = 'words' BEGIN SELECT RAISE(ABORT, 'full'); END"
    await execute(database, f"CREATE TEMP TRIGGER broken {broken}")
    with pytest.raises(StorageError, match="full"):
        await policies.set_all(GUILD, Layer.GUILD, GUILD, VALUES)
    assert await policies.rules_for(GUILD) == []
    await execute(database, "DROP TRIGGER broken")
    await policies.set_all(GUILD, Layer.GUILD, GUILD, VALUES)
    assert {rule.setting: rule.value for rule in await policies.rules_for(GUILD)} == VALUES


async def test_each_target_of_each_layer_has_its_own_value(policies: PolicyStore) -> None:
    places = [(Layer.GUILD, GUILD), (Layer.CHANNEL, 1), (Layer.CHANNEL, 2), (Layer.ROLE, 1), (Layer.USER, 1)]
    for number, (layer, target_id) in enumerate(places):
        await policies.set(GUILD, layer, target_id, "cooldown", number)
    await policies.set(GUILD + 1, Layer.USER, 1, "cooldown", 99)
    wanted = [Rule(layer, target_id, "cooldown", number) for number, (layer, target_id) in enumerate(places)]
    assert sorted(await policies.rules_for(GUILD), key=lambda rule: rule.value) == wanted
    assert await policies.rules_for(GUILD + 1) == [Rule(Layer.USER, 1, "cooldown", 99)]
    assert await policies.rules_for(GUILD + 2) == []


@pytest.mark.parametrize(
    ("layer", "target_id", "setting", "left"),
    [
        (None, None, None, set()),
        (Layer.CHANNEL, None, None, {"guild cooldown", "user cooldown"}),
        (Layer.CHANNEL, 1, None, {"guild cooldown", "user cooldown", "channel2 cooldown"}),
        (None, None, "cooldown", {"channel1 per_hour"}),
        (
            Layer.CHANNEL,
            1,
            "per_hour",
            {"guild cooldown", "channel1 cooldown", "channel2 cooldown", "user cooldown"},
        ),
    ],
)
async def test_a_reset_removes_what_it_names_and_counts_it(
    policies: PolicyStore, layer: Layer | None, target_id: int | None, setting: str | None, left: set[str]
) -> None:
    places = {
        "guild cooldown": (Layer.GUILD, GUILD),
        "channel1 cooldown": (Layer.CHANNEL, 1),
        "channel1 per_hour": (Layer.CHANNEL, 1),
        "channel2 cooldown": (Layer.CHANNEL, 2),
        "user cooldown": (Layer.USER, 1),
    }
    for guild in (GUILD, GUILD + 1):
        for name, place in places.items():
            await policies.set(guild, *place, name.split()[1], 7)
    assert await policies.reset(GUILD, layer, target_id, setting) == len(places) - len(left)
    kept = {(rule.layer, rule.target_id, rule.setting) for rule in await policies.rules_for(GUILD)}
    assert kept == {(*places[name], name.split()[1]) for name in left}
    assert len(await policies.rules_for(GUILD + 1)) == len(places)


async def test_what_cannot_be_read_is_left_out_and_said_once_in_the_log(
    policies: PolicyStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as db:
        for setting, value in [("gone", "1"), ("safety", '"maybe"'), ("cooldown", "[1]"), ("per_hour", "x")]:
            insert(db, "rule", guild_id=GUILD, layer="guild", target_id=GUILD, setting=setting, value=value)
    await policies.set(GUILD, Layer.GUILD, GUILD, "queue_cap", 2)
    for _ in range(2):
        assert await policies.rules_for(GUILD) == [Rule(Layer.GUILD, GUILD, "queue_cap", 2)]
    assert [record.getMessage().split()[-4] for record in caplog.records] == [
        "cooldown",
        "gone",
        "per_hour",
        "safety",
    ]


async def test_a_second_reading_makes_no_query(policies: PolicyStore, path: Path) -> None:
    await policies.rules_for(GUILD)
    with opened(path) as db:  # behind the back of the process that alone writes
        insert(db, "rule", guild_id=GUILD, layer="guild", target_id=GUILD, setting="cooldown", value="1")
    assert await policies.rules_for(GUILD) == []
    await policies.reset(GUILD, setting="per_hour")
    assert await policies.rules_for(GUILD) == [Rule(Layer.GUILD, GUILD, "cooldown", 1)]
