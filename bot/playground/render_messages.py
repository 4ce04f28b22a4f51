"""Turns messages and their attachments, embeds and reactions into what Discord sends."""

from __future__ import annotations

from bot.playground.cdn import Cdn
from bot.playground.render import user_json
from bot.playground.render_components import media_of, render_components
from bot.playground.snowflake import iso
from bot.playground.wire import Json
from bot.playground.world import Attachment, Message, User


def attachment_json(attachment: Attachment, url: str) -> Json:
    optional = {
        "width": attachment.width,
        "height": attachment.height,
        "description": attachment.description,
        "ephemeral": attachment.ephemeral or None,
    }
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    } | {key: value for key, value in optional.items() if value is not None}


def message_json(message: Message, cdn: Cdn, reader: User) -> Json:
    """A message with freshly signed addresses, and the message that it replies to.

    `reader` decides what `me` means in reactions.
    """
    body = _message_json(message, cdn, reader)
    target = message.reference
    if target is not None:
        hidden = target.viewer is not None and target.viewer != message.viewer
        gone = target.id not in message.channel.messages
        body["referenced_message"] = None if hidden or gone else _message_json(target, cdn, reader)
    return body


def _message_json(message: Message, cdn: Cdn, reader: User) -> Json:
    place = message.channel.id
    in_embeds = {name for embed in message.embeds for name in _attachment_names(embed)}
    shown = [each for each in message.attachments if each.filename not in in_embeds]
    body: Json = {
        "id": str(message.id),
        "channel_id": str(place),
        "type": int(message.type),
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": iso(message.created_at),
        "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(each) for each in message.mentions],
        "mention_roles": [str(each) for each in message.mention_roles],
        "attachments": [attachment_json(each, cdn.url(each, place)) for each in shown],
        "embeds": [_embed_json(each, message, cdn) for each in message.embeds],
        "components": render_components(message, cdn),
        "reactions": [_reaction_json(*each, reader) for each in message.reactions.items()],
        "pinned": message.pinned_at is not None,
        "flags": int(message.flags),
    }
    return body | _origin_json(message)


def _origin_json(message: Message) -> Json:
    """What brought the message about: an interaction, a nonce, another message."""
    body: Json = {}
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.by_webhook:
        body |= {"application_id": str(message.author.id), "webhook_id": str(message.author.id)}
    if message.interaction is not None:
        body["interaction_metadata"] = message.interaction
    if message.reference is not None:
        ids = {"channel_id": str(message.channel.id), "message_id": str(message.reference.id)}
        body["message_reference"] = {"type": 0, **ids}
    return body


def _reaction_json(emoji: str, users: list[int], reader: User) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": reader.id in users,
    }


def _attachment_names(embed: Json) -> set[str]:
    urls = [(embed.get(key) or {}).get("url") or "" for key in ("image", "thumbnail")]
    return {url.removeprefix("attachment://") for url in urls if url.startswith("attachment://")}


def _embed_json(embed: Json, message: Message, cdn: Cdn) -> Json:
    """An embed as Discord shows it back: of type rich, its pictures under CDN addresses."""
    kept = {key: value for key, value in embed.items() if value is not None and key != "flags"}
    kept["type"] = "rich"
    for key in ("image", "thumbnail"):
        if key in kept:
            media = media_of(kept[key]["url"], message, cdn)
            kept[key] = {name: value for name, value in media.items() if value is not None and name != "id"}
    if "fields" in kept:
        kept["fields"] = [{"inline": False} | field for field in kept["fields"]]
    return kept
