"""Prompts encoded with tiny SD1.x and SDXL text encoders and the demo's tokenizer, against diffusers' own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.catalogue import ModelKind
from engine.demo import tokens
from engine.prompts import MAX_CHUNKS, Prompt, PromptEncoder
from engine.request import RequestError
from tests.engine.encoding import calls, halves, same, stock
from tests.engine.tiny_models import tiny_sd15, tiny_sdxl

SENTENCE = "a red house under a yellow sun, "  # 9 tokens, and a chunk has room for 75
LONG = SENTENCE * 15


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def pipelines() -> dict[ModelKind, Any]:
    """SDXL's second tokenizer pads with another token, as the real one does."""
    torch.manual_seed(0)
    tokenizer = tokens.build()
    sdxl = tiny_sdxl(tokenizer)
    sdxl.tokenizer_2 = tokens.build()
    sdxl.tokenizer_2.pad_token = "!"
    return {ModelKind.SD15: tiny_sd15(tokenizer), ModelKind.SDXL: sdxl}


@pytest.fixture(params=[ModelKind.SD15, ModelKind.SDXL])
def kind(request: pytest.FixtureRequest) -> ModelKind:
    kind: ModelKind = request.param
    return kind


@pytest.fixture
def pipeline(pipelines: dict[ModelKind, Any], kind: ModelKind) -> Any:
    return pipelines[kind]


@pytest.fixture
def encoder(pipeline: Any, kind: ModelKind) -> PromptEncoder:
    return PromptEncoder(pipeline, kind)


@pytest.mark.parametrize("text", ["a red house", "", "a red house, é 🏠 ☃", "A  Red\nHouse"])
@pytest.mark.parametrize("negative", ["", "blue fog"])
def test_a_plain_prompt_is_encoded_as_the_stock_pipeline_does(
    encoder: PromptEncoder, pipeline: Any, text: str, negative: str
) -> None:
    assert same(encoder.encode(text, negative, guided=True), stock(pipeline, text, negative or None))


def test_without_guidance_nothing_negative_is_encoded(encoder: PromptEncoder, pipeline: Any) -> None:
    expected = stock(pipeline, "a cat", guided=False)
    with calls(pipeline) as rows:
        assert same(encoder.encode("a cat", "fog", guided=False), expected)
    assert rows == [1]


def test_sdxl_without_zeros_for_empty_encodes_the_empty_text() -> None:
    pipeline = tiny_sdxl(tokens.build())
    pipeline.register_to_config(force_zeros_for_empty_prompt=False)
    encoded = PromptEncoder(pipeline, ModelKind.SDXL).encode("a cat", "", guided=True)
    assert same(encoded, stock(pipeline, "a cat"))
    assert encoded.negative_embeds is not None
    assert encoded.negative_embeds.any()


@pytest.mark.parametrize("text", [r"a \(small\) house", "a (small:1.0) house", "a (small:1) house BREAK"])
def test_weights_of_one_are_no_weights(encoder: PromptEncoder, pipeline: Any, text: str) -> None:
    plain = "a (small) house" if "\\" in text else "a small house"
    assert same(encoder.encode(text, "", guided=True), stock(pipeline, plain))


def test_a_weight_moves_the_prompt_and_keeps_its_mean_magnitude(
    encoder: PromptEncoder, kind: ModelKind
) -> None:
    plain, weighted, stronger = (
        encoder.encode(f"a {word} house", "", guided=True) for word in ("red", "(red:1.3)", "(red:1.6)")
    )
    moved = (weighted.embeds - plain.embeds).abs()
    assert moved[0, 2].mean() > 10 * moved[0, 4:].mean(), "the weighted word is the third token"
    assert moved.sum() < (stronger.embeds - plain.embeds).abs().sum()
    for before, after in zip(halves(plain.embeds), halves(weighted.embeds), strict=True):
        assert after.abs().mean() == pytest.approx(before.abs().mean().item())
    if kind is ModelKind.SDXL:
        assert weighted.pooled is not None
        torch.testing.assert_close(weighted.pooled, plain.pooled)


def test_a_weight_scales_its_own_tokens_alone(encoder: PromptEncoder) -> None:
    plain, weighted = (
        encoder.encode(text, "", guided=False).embeds for text in ("a red house", "a (red:0) house")
    )
    assert not weighted[0, 2].any()
    ratios = (weighted / plain)[0, [0, 1, *range(3, 77)]]
    assert ratios.min() > 1
    for ratio in halves(ratios):
        assert ratio.max() == pytest.approx(ratio.min().item(), rel=1e-3)


def test_a_long_prompt_is_encoded_to_its_last_word(encoder: PromptEncoder) -> None:
    house, cat = (encoder.encode(LONG + last, "", guided=True) for last in ("house", "cat"))
    assert house.embeds.shape[1] == 2 * 77
    assert torch.allclose(house.embeds[:, :77], cat.embeds[:, :77], atol=1e-5)
    assert not torch.allclose(house.embeds[:, 77:], cat.embeds[:, 77:], atol=1e-2)


def test_a_long_prompt_is_chunks_that_each_are_a_prompt(encoder: PromptEncoder, pipeline: Any) -> None:
    encoded = encoder.encode(SENTENCE * 9, "", guided=True)
    first, second = stock(pipeline, SENTENCE * 8), stock(pipeline, SENTENCE)
    torch.testing.assert_close(encoded.embeds, torch.cat([first[0], second[0]], dim=1))
    if encoded.pooled is not None:
        torch.testing.assert_close(encoded.pooled, first[2])


def test_break_begins_a_chunk(encoder: PromptEncoder, pipeline: Any) -> None:
    encoded = encoder.encode("a red house BREAK a cat", "", guided=False)
    parts = [stock(pipeline, text, guided=False)[0] for text in ("a red house", "a cat")]
    torch.testing.assert_close(encoded.embeds, torch.cat(parts, dim=1))


def test_all_chunks_of_a_text_are_rows_of_one_call(encoder: PromptEncoder, pipeline: Any) -> None:
    with calls(pipeline) as rows:
        encoder.encode(SENTENCE * 40, "", guided=False)
    assert rows == [5]


@pytest.mark.parametrize(("prompt", "negative"), [(LONG, "fog"), ("a (cat:1.2)", LONG), (LONG, "")])
def test_the_shorter_of_prompt_and_negative_gets_empty_chunks(
    encoder: PromptEncoder, pipeline: Any, kind: ModelKind, prompt: str, negative: str
) -> None:
    encoded = encoder.encode(prompt, negative, guided=True)
    assert encoded.negative_embeds is not None
    assert encoded.embeds.shape == encoded.negative_embeds.shape
    assert encoded.embeds.shape[1] == 2 * 77
    shorter = encoded.embeds if negative is LONG else encoded.negative_embeds
    zeros = kind is ModelKind.SDXL and not negative
    empty = torch.zeros(()) if zeros else stock(pipeline, "", guided=False)[0]
    assert torch.equal(shorter[:, 77:], empty.expand_as(shorter[:, 77:]))


def test_a_word_that_nothing_parts_is_cut_where_the_chunk_is_full(encoder: PromptEncoder) -> None:
    assert encoder.encode("qzqz" * 40, "", guided=False).embeds.shape[1] == 2 * 77


def test_what_goes_beyond_the_last_chunk_is_cut_and_not_logged(
    encoder: PromptEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house, cat = (encoder.encode("a secret " * 200 + last, "", guided=False) for last in ("house", "cat"))
    assert house.embeds.shape[1] == MAX_CHUNKS * 77
    assert torch.equal(house.embeds, cat.embeds)
    assert "secret" not in caplog.text


def test_vectors_of_a_textual_inversion_are_found_in_every_chunk(kind: ModelKind) -> None:
    pipeline = (tiny_sd15 if kind is ModelKind.SD15 else tiny_sdxl)(tokens.build())
    embedding = torch.randn(3, 16)
    pipeline.load_textual_inversion(embedding, token="<cat>")
    if kind is ModelKind.SDXL:
        pipeline.text_encoder_2.resize_token_embeddings(len(pipeline.tokenizer))
    seen: list[torch.Tensor] = []
    pipeline.text_encoder.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    PromptEncoder(pipeline, kind).encode(f"(<cat>:1.2) {LONG} <cat>", "", guided=False)
    vectors = pipeline.tokenizer.convert_tokens_to_ids(["<cat>", "<cat>_1", "<cat>_2"])
    assert len(set(vectors)) == 3
    assert seen[0][0, 1:4].tolist() == vectors
    assert [token for token in seen[0][1].tolist() if token in vectors] == vectors


def test_equal_texts_are_encoded_once(encoder: PromptEncoder, pipeline: Any) -> None:
    with calls(pipeline) as rows:
        first = encoder.encode("a cat", "fog", guided=True)
        assert encoder.encode("a cat", "fog", guided=True).embeds is first.embeds
        encoder.encode("fog", "a cat", guided=True)
        assert rows == [1, 1]
        encoder.encode("a cat", "fog", guided=True, adapters="fur")
        assert rows == [1] * 4


def test_the_encodings_kept_are_the_latest_used(pipeline: Any, kind: ModelKind) -> None:
    encoder = PromptEncoder(pipeline, kind, capacity=2)
    for text in ("a cat", "a dog", "a cat", "a cow"):
        encoder.encode(text, "", guided=False)
    with calls(pipeline) as rows:
        encoder.encode("a cat", "", guided=False)
        assert rows == []
        encoder.encode("a dog", "", guided=False)
        assert rows == [1]
        encoder.encode(SENTENCE * 40, "", guided=False)
        encoder.encode(SENTENCE * 40, "", guided=False)
    assert rows == [1, 5, 5], "a text of more chunks than are kept is not kept"


def test_other_requests_may_encode_the_same_texts_meanwhile(
    pipeline: Any, kind: ModelKind, encoder: PromptEncoder
) -> None:
    """As the engine switches to them at each call of a text encoder; here a hook of the encoder is the other."""
    alone = PromptEncoder(pipeline, kind).encode("a (red:1.2) cat", LONG, guided=True)
    inner: list[Prompt] = []

    def meanwhile(*_: object) -> None:
        hook.remove()
        inner.append(encoder.encode("a (red:1.2) cat", LONG, guided=True))
        encoder.encode("a dog", "", guided=True)

    hook = pipeline.text_encoder.register_forward_hook(meanwhile)
    outer = encoder.encode("a (red:1.2) cat", LONG, guided=True)
    assert same(outer, list(alone.arguments().values()))
    assert same(inner[0], list(alone.arguments().values()))
    assert outer.negative_embeds is inner[0].negative_embeds


def test_encodings_are_in_the_models_precision(kind: ModelKind) -> None:
    pipeline = (tiny_sd15 if kind is ModelKind.SD15 else tiny_sdxl)(tokens.build()).to(torch.bfloat16)
    encoder = PromptEncoder(pipeline, kind)
    for text in ("a cat", "a (red:1.2) cat", LONG):
        tensors = encoder.encode(text, "", guided=True).arguments().values()
        assert {tensor.dtype for tensor in tensors if tensor is not None} == {torch.bfloat16}


def test_a_weight_out_of_range_is_refused_in_either_text(encoder: PromptEncoder) -> None:
    for texts in (("(a:3)", ""), ("a cat", "(fog:-1)")):
        with pytest.raises(RequestError, match="write 0 to 2"):
            encoder.encode(*texts, guided=True)


syntax = st.lists(
    st.sampled_from(["(", ")", "[", "]", "\\", ":", "1.2", "0", " BREAK ", ",", "cat", "<|endoftext|>"])
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300) | syntax.map("".join), negative=syntax.map("".join))
def test_any_text_is_finite_numbers_or_a_refusal(encoder: PromptEncoder, text: str, negative: str) -> None:
    try:
        encoded = encoder.encode(text, negative, guided=True)
    except RequestError:
        return
    tensors = [tensor for tensor in encoded.arguments().values() if tensor is not None]
    assert all(tensor.isfinite().all() for tensor in tensors)
    assert tensors[0].shape == tensors[1].shape
    assert tensors[0].shape[1] in range(77, MAX_CHUNKS * 77 + 1, 77)


@pytest.mark.parametrize("task", ["text", "image", "inpaint"])
@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_stock_pipelines_draw_from_the_embeddings(
    pipeline: Any, encoder: PromptEncoder, task: str, guidance: float
) -> None:
    picture, mask = Image.new("RGB", (64, 64), "orange"), Image.new("L", (64, 64), 255)
    tasks: dict[str, dict[str, Any]] = {
        "text": {"width": 64, "height": 64},
        "image": {"image": picture, "strength": 0.9},
        "inpaint": {"image": picture, "mask_image": mask, "width": 64, "height": 64},
    }
    if task == "image":
        pipeline = AutoPipelineForImage2Image.from_pipe(pipeline)
    elif task == "inpaint":
        pipeline = AutoPipelineForInpainting.from_pipe(pipeline)
    pipeline.set_progress_bar_config(disable=True)

    def latents(**texts: Any) -> torch.Tensor:
        drawn: torch.Tensor = pipeline(
            **tasks[task],
            **texts,
            num_inference_steps=3,
            guidance_scale=guidance,
            generator=torch.Generator().manual_seed(1),
            output_type="latent",
        ).images
        return drawn

    guided = guidance > 1
    plain = encoder.encode("a cat", "fog", guided=guided)
    assert torch.equal(latents(**plain.arguments()), latents(prompt="a cat", negative_prompt="fog"))
    long = encoder.encode(LONG + "(cat:1.4)", "[fog]", guided=guided)
    assert latents(**long.arguments()).isfinite().all()
