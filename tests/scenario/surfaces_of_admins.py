"""Where members' words are shown to admins and moderators, and theirs to members."""

from __future__ import annotations

from bot.domain.text import start_of
from bot.playground import Member, Message
from tests.scenario.admins import answer, clean, says, shows
from tests.scenario.effects import pressables
from tests.scenario.house import fill_in, job_id, told
from tests.scenario.payloads import MARK
from tests.scenario.props import reply
from tests.scenario.stage import Stage

_REASON, _NAME, _NOTE, _FILLED, _ITEM = 300, 80, 500, 1000, 100  # the most that each takes


async def shut_out(admin: Member, member: Member, payload: str) -> None:
    """The reason of a block, in the list of blocks and in the log; a length that is none."""
    reason = start_of(payload, _REASON)
    await says(admin, "block", member=member.user, reason=reason)
    assert MARK in await says(admin, "blocked")
    await told(member, "imagine", prompt=payload)
    await says(admin, "unblock", member=member.user)
    await says(admin, "timeout", member=member.user, duration=start_of(payload, _FILLED))
    await says(admin, "timeout", member=member.user, duration="1h", reason=reason)
    await says(admin, "unblock", member=member.user)
    assert MARK in await says(admin, "audit")
    for name in ("grant", "show", "reset"):
        more = {"requests": 1} if name == "grant" else {}
        await says(admin, f"quota {name}", member=member.user, **more)


async def rule(stage: Stage, admin: Member, member: Member, payload: str) -> None:
    """A setting, when it is set, listed, seen in the panel, and refuses; and values that are none."""
    for setting, value in (("words", payload), ("safety", payload), (payload, "on"), ("timezone", payload)):
        await says(admin, "policy set", setting=setting, value=value)
    await says(admin, "policy reset", setting=payload)
    before, item = stage.newest(), start_of(payload, _ITEM)
    await says(admin, "policy set", setting="words", value=item)
    await admin.autocomplete("studio", "admin policy set", "value", item, setting="words")
    assert MARK in await says(admin, "policy show")
    assert MARK in await told(member, "imagine", prompt=payload)
    assert stage.newest() == before
    await turn_the_panel(admin)
    assert MARK in await says(admin, "audit")
    await clean(stage)


async def turn_the_panel(admin: Member) -> None:
    """To the words that are refused, and to the form that changes them."""
    panel = await answer(admin, "policy panel")
    assert MARK in panel.text
    select = next(str(each["custom_id"]) for each in pressables(panel) if "policy:" in str(each["custom_id"]))
    await admin.select(panel, select, "words")
    assert MARK in panel.text
    form = await admin.click(panel, "Change it")
    assert MARK in str(form.modal)
    await fill_in(admin, form, {"value": f"{MARK}@everyone"})
    assert MARK in panel.content


async def opt_out(stage: Stage, admin: Member, member: Member, payload: str) -> None:
    """A name, when it is asked for, looked at, agreed to, and refused."""
    name, note = start_of(payload, _NAME), start_of(payload, _NOTE)
    assert MARK in await told(member, "optout", name=name, note=note)
    item = await answer(admin, "review list")
    assert item.text.count(MARK) >= 2
    await admin.click(item, "Refuse the name")
    await admin.wait_for(lambda each: each is item and each.content.startswith("✅"))
    assert MARK in await told(member, "imagine", prompt=name)
    await clean(stage)


async def wait_in_line(stage: Stage, admin: Member, member: Member, payload: str) -> None:
    """What an admin chooses from, and a request that is taken down while it waits."""
    message = reply(await member.command("studio", "imagine", prompt=payload))
    offered = await admin.autocomplete("studio", "admin queue move", "job")
    assert MARK in str(offered.choices)
    await says(admin, "queue move", job=payload, place="first")
    await says(admin, "takedown", message=payload)
    await says(admin, "takedown", message=(await stage.answered(message)).id)
    assert MARK in (await shows(member, message, "⛔")).content


async def be_reported(stage: Stage, admin: Member, member: Member, message: Message, payload: str) -> None:
    """A picture that somebody reports: left at first, by its id, and then taken down."""
    job = job_id(message)
    for decision in ("reject", "approve"):
        form = await member.use_on(message, "Report")
        await fill_in(member, form, {"reason": start_of(payload, _FILLED)})
        item = await answer(admin, "review list")
        assert MARK in item.text
        await says(admin, f"review {decision}", item=payload)
        footer = str(item.embeds[0]["footer"]["text"])
        await says(admin, f"review {decision}", item=footer.rpartition(" ")[2])
    assert MARK in (await shows(member, message, "⛔")).content
    await says(admin, "takedown", message=job)
    assert job in await says(admin, "audit")
