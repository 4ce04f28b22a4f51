"""A small studio: two models, two styles, an embedding and a few word lists."""

from __future__ import annotations

from bot.domain.drawing import Style
from bot.domain.inventory import Embedding, Inventory, Limits, ModelDefaults, StyleOffer
from engine.request import AdapterUse

DEMO = ModelDefaults(name="demo", title="Demo", width=128, height=128, steps=25, guidance=4.0)
SD15 = ModelDefaults(
    name="sd15", title="SD 1.5", width=512, height=512, steps=60, guidance=7.0, sampler="euler"
)
WATERCOLOUR = Style(
    name="watercolour",
    prompt="{prompt}, soft watercolour",
    negative="photo",
    loras=(AdapterUse("paint", 0.8),),
)
MAYBE = Style(name="maybe", prompt="perhaps {prompt}")
INVENTORY = Inventory(
    models={model.name: model for model in (DEMO, SD15)},
    limits=Limits(max_pixels=1024 * 1024, max_steps=50, max_count=4, max_prompt=2000),
    styles={style.name: StyleOffer(style=style, title=style.name.title()) for style in (WATERCOLOUR, MAYBE)},
    embeddings={"cat-toy": Embedding(name="cat-toy", title="Cat toy", trigger="<cat-toy>")},
    wildcards={"animals": ("cat", "dog", "owl"), "colour": ("red", "__animals__ blue")},
)
