"""Settings: the example is safe, the environment wins, and a broken file is answered in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.inventory import build_catalogue, build_inventory
from bot.settings import Settings, load_settings, warnings
from engine.request import AdapterUse

ROOT = Path(__file__).parents[1]
MODEL = '[[models]]\nname = "a"\nsource = "x"\n'
ADAPTER = '[[adapters]]\nname = "ink"\nfile = "ink.safetensors"\nkind = "lora"\n'
BROKEN = [
    ("[engine]\ndevice = 'gpu'", "engine.device", "'auto'"),
    ("[engine]\nthreads = 0", "engine.threads", "4"),
    ("[engine]\nthreads = 'many'", "engine.threads", "4"),
    ("[engine]\nmode = 'turbo'", "engine.mode", "'exact'"),
    ("[engine]\nacceleration = 'warp'", "engine.acceleration", "'none'"),
    ("[engine]\nrows = 0", "engine.rows", "8"),
    ("[engine]\nmemory_gib = 0", "engine.memory_gib", "7.5"),
    ("[engine]\nunload_after_minutes = -1", "engine.unload_after_minutes", "0"),
    ("[engine]\nquiet_hours = '22-7'", "engine.quiet_hours", "22:00-07:00 Europe/Berlin"),
    ("[engine]\nquiet_hours = '22:00-07:00 Mars'", "engine.quiet_hours", "22:00-07:00 Europe/Berlin"),
    ("[engine]\ngive_way_gib = 0", "engine.give_way_gib", "3"),
    ("[engine]\nlive_jobs = 0", "engine.live_jobs", "8"),
    ("[limits]\nlive_per_member = 0", "limits.live_per_member", "2"),
    ("[engine]\nlive_jobs = 65", "engine.live_jobs", "8"),
    ("[engine]\npreview_every = -1", "engine.preview_every", "5"),
    ("[engine]\ndevise = 'cpu'", "engine.devise", "device"),
    ("[storage]\nfolder = 7", "storage.folder", "data"),
    ("[limits]\nmax_pixels = 1", "limits.max_pixels", "1048576"),
    ("[limits]\nmax_steps = 1000", "limits.max_steps", "50"),
    ("[limits]\nmax_count = 9", "limits.max_count", "4"),
    ("[limits]\nmax_prompt = 0", "limits.max_prompt", "2000"),
    ("[limits]\nqueue = 'long'", "limits.queue", "500"),
    ("[limits]\nmax_upload_mib = -2", "limits.max_upload_mib", "10"),
    ("[provenance]\npublish = 'all'", "provenance.publish", "'prompt'"),
    ("[provenance]\nunsigned = 'drop'", "provenance.unsigned", "'post'"),
    ("[log]\nlevel = 'loud'", "log.level", "'info'"),
    ("[discord]\nguild_id = 'mine'", "discord.guild_id", "1234567890123456789"),
    ("[discord]\nguilds = 'some'", "discord.guilds", "'open'"),
    ("[storage]\nkeep_backup_days = 0", "storage.keep_backup_days", "30"),
    ("[discord]\ntokn = 'x'", "discord.tokn", "token"),
    ("[servers]\nx = 1", "servers", "discord"),
    ("models = []", "models", "config.example.toml"),
    ("[[models]]\nsource = 'x'", "models.1.name", "sd15"),
    ("[[models]]\nname = 'A b'\nsource = 'x'", "models.1.name", "sd15"),
    (MODEL + "width = 100", "models.1.width", "512"),
    (MODEL + "revision = 'main'", "models.1.revision", "451f4fe1"),
    (MODEL + "kind = 'flux'", "models.1.kind", "'auto'"),
    (MODEL + MODEL, "same name", "a-b"),
    ("[[adapters]]\nname = 'a'\nfile = 'x'", "adapters.1.kind", "lora"),
    (ADAPTER + ADAPTER.replace("lora", "pickle"), "adapters.2.kind", "'lora'"),
    (ADAPTER + "model = 'flux'", "adapters.1.model", "'auto'"),
    (ADAPTER + "sha256 = 'abc'", "adapters.1.sha256", "sha256sum"),
    (ADAPTER + "weight = 1", "adapters.1.weight", "trigger"),
    ("level = ", "not valid TOML", 'level = "info"'),
    ("[log\nlevel = 'info'", "not valid TOML", 'level = "info"'),
]


@pytest.mark.parametrize(("text", "key", "legal"), BROKEN)
def test_a_broken_file_is_answered_with_file_key_and_a_legal_value(
    tmp_path: Path, text: str, key: str, legal: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    sentence = caught.value.sentence
    assert sentence.startswith(str(path))
    assert key in sentence
    assert legal in sentence
    assert "\n" not in sentence


def test_the_example_says_exactly_the_defaults() -> None:
    assert load_settings(ROOT / "config.example.toml") == Settings()


def test_the_adapters_and_styles_of_the_example_are_legal_too(tmp_path: Path) -> None:
    example = (ROOT / "config.example.toml").read_text()
    settings_like = re.findall(
        r"^# (\[\[.*|\w+ = .*)", example[example.index("# [[adapters]]") :], re.MULTILINE
    )
    (tmp_path / "config.toml").write_text("\n".join(settings_like))
    settings = load_settings(tmp_path / "config.toml")
    assert build_inventory(settings).styles["watercolour"].style.loras == (AdapterUse("watercolour", 0.8),)
    ink, hands = build_catalogue(settings).adapters
    assert (ink.name, ink.kind, ink.file) == ("watercolour", "lora", "adapters/watercolour.safetensors")
    assert (hands.kind, hands.word, hands.model, hands.sha256) == ("embedding", "<bad-hands>", None, "")


def test_adapters_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(ADAPTER + ADAPTER)
    with pytest.raises(ConfigError, match="Two adapters are called ink"):
        build_catalogue(load_settings(tmp_path / "config.toml"))


def test_a_file_that_is_not_there_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.example\.toml"):
        load_settings(tmp_path / "config.toml")


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings(path)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[engine]\ndevice = 'cuda'\nthreads = 3")
    monkeypatch.setenv("ATELIER_ENGINE__DEVICE", "cpu")
    engine = load_settings(path).engine
    assert (engine.device, engine.threads) == ("cpu", 3)


def test_a_token_may_come_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    path = tmp_path / "config.toml"
    path.write_text(f"[discord]\ntoken_file = '{tmp_path / 'token'}'")
    token = load_settings(path).token()
    assert token is not None
    assert token.get_secret_value() == "secret-token"


def test_a_token_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[discord]\ntoken = 'canary-token'")
    settings = load_settings(path)
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()
    path.write_text("[discord]\ntoken = ['canary-token']")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert "canary" not in caught.value.sentence


def test_a_token_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[discord]\ntoken = 'x'")
    path.chmod(0o644)
    assert warnings(load_settings(path), path) == [
        f"{path} holds the bot token and others on this machine can read it; run: chmod 600 {path}"
    ]
    path.chmod(0o600)
    assert warnings(load_settings(path), path) == []
