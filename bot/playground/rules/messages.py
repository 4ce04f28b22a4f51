"""The rules of a message body: lengths, embeds, attachments, flags, and what components v2 excludes."""

from __future__ import annotations

from bot.playground.errors import Refusal, refuse
from bot.playground.rules.components import ComponentRules
from bot.playground.rules.form import REQUIRED, Form, Path
from bot.playground.wire import Json, object_or_empty, objects
from bot.playground.world import Message, MessageFlag

CONTENT, NONCE, EMBEDS, EMBED_TOTAL, ATTACHMENTS, ALT_TEXT = 2000, 25, 10, 6000, 10, 1024
MENTION_KINDS = ("users", "roles", "everyone")
NOT_IN_V2 = ("content", "embeds", "poll", "sticker_ids")


def check_message(
    body: Json, file_names: dict[int, str], *, before: Message | None = None, within: tuple[str, ...] = ()
) -> None:
    """Raise what Discord answers to this body; `file_names` are the sent files by their number.

    With `before` it is an edit of that message: what the body leaves out stays as it was.
    """
    form = Form(*within)
    form.text(body.get("content"), ("content",), 0, CONTENT)
    if not isinstance(body.get("nonce"), int):
        form.text(body.get("nonce"), ("nonce",), 0, NONCE)
    _check_embeds(form, body.get("embeds"))
    names = _check_attachments(form, body, file_names, before)
    form.whole(body.get("flags"), ("flags",), 0, 2**31 - 1)
    _check_allowed_mentions(form, body.get("allowed_mentions"))
    form.finish()
    v2 = is_v2(body, before)
    if v2:
        _check_v2(form, body, before)
    ComponentRules(form, names, v2=v2).check(body.get("components"))
    form.finish()
    if _nothing_left(body, file_names, before):
        raise refuse(Refusal.EMPTY_MESSAGE)


def is_v2(body: Json, before: Message | None) -> bool:
    """Whether the message is one of components v2; once it is, it stays one."""
    was = before is not None and MessageFlag.COMPONENTS_V2 in before.flags
    return was or bool((body.get("flags") or 0) & MessageFlag.COMPONENTS_V2)


def _check_v2(form: Form, body: Json, before: Message | None) -> None:
    for key in NOT_IN_V2:
        left = body[key] if key in body else getattr(before, key, None)
        if left:
            form.wrong((key,), f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")


def _nothing_left(body: Json, file_names: dict[int, str], before: Message | None) -> bool:
    if file_names or body.get("poll") or body.get("sticker_ids"):
        return False
    parts = ("content", "embeds", "components", "attachments")
    return not any(body[key] if key in body else getattr(before, key, None) for key in parts)


def _check_attachments(
    form: Form, body: Json, file_names: dict[int, str], before: Message | None
) -> set[str]:
    """Note bad entries; the names that attachment:// may use afterwards."""
    kept = {each.id: each.filename for each in before.attachments} if before else {}
    listed = form.items(body.get("attachments"), ("attachments",), 0, ATTACHMENTS)
    for path, each in listed:
        form.text(each.get("filename"), (*path, "filename"), 1, 1024)
        form.text(each.get("description"), (*path, "description"), 0, ALT_TEXT)
        if not str(each.get("id", "")).isdigit():
            form.wrong(
                (*path, "id"), REQUIRED if "id" not in each else f"Value {each['id']!r} is not snowflake."
            )
        elif int(each["id"]) not in file_names and int(each["id"]) not in kept:
            form.wrong((*path, "id"), "The referenced attachment was not found")
    ids = [int(each["id"]) for _, each in listed if str(each.get("id", "")).isdigit()]
    stay = (
        [kept[number] for number in ids if number in kept] if "attachments" in body else list(kept.values())
    )
    if len(stay) + len(file_names) > ATTACHMENTS:
        form.wrong(("attachments",), f"Must be {ATTACHMENTS} or fewer in length.")
    return {*stay, *file_names.values()}


def _check_allowed_mentions(form: Form, allowed: object) -> None:
    if not isinstance(allowed, dict):
        return
    parse = form.count(allowed.get("parse"), ("allowed_mentions", "parse"), 0, 3)
    for index, kind in enumerate(parse):
        if kind not in MENTION_KINDS:
            legal = ", ".join(f"'{each}'" for each in MENTION_KINDS)
            form.wrong(("allowed_mentions", "parse", index), f"Value must be one of ({legal}).")
    for kind in ("users", "roles"):
        form.count(allowed.get(kind), ("allowed_mentions", kind), 0, 100)
        if kind in parse and allowed.get(kind):
            form.wrong(
                ("allowed_mentions",), f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            )


def _check_embeds(form: Form, embeds: object) -> None:
    total = 0
    for path, embed in form.items(embeds, ("embeds",), 0, EMBEDS):
        total += _check_embed(form, path, embed)
    if total > EMBED_TOTAL:
        form.wrong(("embeds",), f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _check_embed(form: Form, path: Path, embed: Json) -> int:
    """Note what is wrong with one embed; how many characters of the common 6000 it takes."""
    footer, author = object_or_empty(embed.get("footer")), object_or_empty(embed.get("author"))
    texts: list[tuple[Path, object, int]] = [
        (("title",), embed.get("title"), 256),
        (("description",), embed.get("description"), 4096),
        (("footer", "text"), footer.get("text"), 2048),
        (("author", "name"), author.get("name"), 256),
    ]
    for field_path, field in form.items(embed.get("fields"), (*path, "fields"), 0, 25):
        for key, high in (("name", 256), ("value", 1024)):
            form.text(field.get(key), (*field_path, key), 1, high, required=True)
    for steps, text, high in texts:
        form.text(text, (*path, *steps), 0, high)
    for key in ("image", "thumbnail"):
        if embed.get(key) is not None:
            url = object_or_empty(embed[key]).get("url")
            form.text(url, (*path, key, "url"), 1, 2048, required=True)
    form.whole(embed.get("color"), (*path, "color"), 0, 0xFFFFFF)
    fields = objects(embed.get("fields"))
    counted = [text for _, text, _ in texts] + [each.get(key) for each in fields for key in ("name", "value")]
    return sum(len(text) for text in counted if isinstance(text, str))
