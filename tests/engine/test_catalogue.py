"""The names and sources of models, as an owner writes them and as a stranger may ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalogue import ModelCatalogue, ModelSource
from engine.errors import ModelError, UnknownModel
from tests.engine.watching import watch

HOSTILE = [
    "../sd15", "/etc/passwd", "sd15/../../x", "sd15\0", "C:\\models", "\\\\host\\share", "a" * 300, "~root", "",
    ".", "..", "sd15 ", " sd15", "SD15", "sd15\n", "\u202esd15", "file:///etc/passwd", "$HOME", "*", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_name_is_only_a_key_that_is_not_there(
    models: Path, catalogue: ModelCatalogue, name: str
) -> None:
    with watch() as seen, pytest.raises(UnknownModel) as caught:
        catalogue.get(name)
    assert seen.opened == []
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.isascii()
    assert len(sentence) < 400
    assert "the models here are: sd15, sdxl" in sentence


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("SD15",)])
def test_a_model_cannot_be_given_a_hostile_name(name: str) -> None:
    with pytest.raises(ModelError, match="is not 1 to 64 letters"):
        ModelSource(name=name, source="somewhere")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": ""}, "has no source"),
        ({"source": "a\0b"}, "has no source"),
        ({"source": "owner/name", "revision": "main"}, "pin a commit"),
        ({"source": "owner/name", "revision": "v1.0"}, "pin a commit"),
        ({"source": "../name", "revision": "0" * 40}, "is no hub id"),
        ({"source": "x/y/z", "revision": "0" * 40}, "is no hub id"),
        ({"source": "here", "sha256": "abc"}, "must be 64 lower-case hexadecimal digits"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_at_once(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        ModelSource(**({"name": "m"} | changes))  # type: ignore[arg-type]


def test_two_models_cannot_share_a_name() -> None:
    with pytest.raises(ModelError, match="Two models are called m"):
        ModelCatalogue([ModelSource(name="m", source="a"), ModelSource(name="m", source="b")])
