"""Message components as Discord sends them back: numbered, complete, with real addresses."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from bot.playground.wire import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.playground.cdn import Cdn
    from bot.playground.world import Attachment, Message

SELECTS = frozenset({3, 5, 6, 7, 8})
DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    4: {"label": None, "min_length": None, "max_length": None},
    11: {"description": None, "spoiler": False},
    13: {"spoiler": False},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}


def number(components: list[Json]) -> list[Json]:
    """A copy in which every component has an id: its own, or the next free number from 1, in page order."""
    taken = {each["id"] for each in _flat(components) if each.get("id")}
    free = (each for each in count(1) if each not in taken)
    return [_numbered(each, free) for each in components]


def _flat(components: list[Json]) -> Iterator[Json]:
    for each in components:
        yield each
        yield from _flat([*(each.get("components") or []), *_single_children(each)])


def _single_children(component: Json) -> list[Json]:
    return [component[key] for key in ("accessory", "component") if isinstance(component.get(key), dict)]


def _numbered(component: Json, free: Iterator[int]) -> Json:
    copy = dict(DEFAULTS.get(component["type"], {}))
    copy |= _without_nulls(component)
    copy["id"] = component.get("id") or next(free)
    if "components" in copy:
        copy["components"] = [_numbered(each, free) for each in copy["components"]]
    for key in ("accessory", "component"):
        if isinstance(copy.get(key), dict):
            copy[key] = _numbered(copy[key], free)
    return copy


def _without_nulls(value: Any) -> Any:
    """JSON without the keys that say nothing, at any depth."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def render_components(message: Message, cdn: Cdn) -> list[Json]:
    """The message's components with every media item unfurled."""
    return [_render(each, message, cdn) for each in message.components]


def _render(component: Json, message: Message, cdn: Cdn) -> Json:
    copy = dict(component)
    if "components" in copy:
        copy["components"] = [_render(each, message, cdn) for each in copy["components"]]
    if "accessory" in copy:
        copy["accessory"] = _render(copy["accessory"], message, cdn)
    if "media" in copy:
        copy["media"] = media_of(copy["media"]["url"], message, cdn)
    if "items" in copy:
        copy["items"] = [_gallery_item(each, message, cdn) for each in copy["items"]]
    if "file" in copy:
        named = attached(copy["file"]["url"], message)
        copy["file"] = media_of(copy["file"]["url"], message, cdn)
        copy |= {"name": named.filename if named else None, "size": len(named.data) if named else None}
    return copy


def _gallery_item(item: Json, message: Message, cdn: Cdn) -> Json:
    media = media_of(item["media"]["url"], message, cdn)
    return {"media": media, "description": item.get("description"), "spoiler": bool(item.get("spoiler"))}


def attached(url: str, message: Message) -> Attachment | None:
    """The message's attachment that `attachment://name` means."""
    if not url.startswith("attachment://"):
        return None
    name = url.removeprefix("attachment://")
    return next((each for each in message.attachments if each.filename == name), None)


def media_of(url: str, message: Message, cdn: Cdn) -> Json:
    """An unfurled media item: the attachment that `attachment://name` means, or an address elsewhere."""
    found = attached(url, message)
    if found is None:
        return {"id": str(message.id), "url": url, "proxy_url": url, "width": None, "height": None}
    address = cdn.url(found, message.channel.id)
    return {
        "id": str(found.id),
        "attachment_id": str(found.id),
        "url": address,
        "proxy_url": address,
        "width": found.width,
        "height": found.height,
        "content_type": found.content_type,
    }
