"""A small bot on the real discord.py that uses everything a studio bot might use."""

from __future__ import annotations

import asyncio
import io
import logging

import discord
from discord import app_commands

from tests.playground.entities import Admin, assign, pickers

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1M"
    b"\0\0\0\x0cIDATx\x9cc``\x80\x03\0\0\x0e\0\x01\x9f\xef\xa5\xf1\0\0\0\0IEND\xaeB`\x82"
)
STYLES = ("flat", "outline", "pixel")


def picture(name: str, alt: str = "a picture") -> discord.File:
    return discord.File(io.BytesIO(PNG), name, description=alt)


class Again(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"again:(?P<job>\d+)"):
    """A button that outlives the process: its custom_id says it all."""

    def __init__(self, job: int) -> None:
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label="Again", emoji="🔄", custom_id=f"again:{job}"
        )
        super().__init__(button)
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[discord.ui.View], match: object
    ) -> Again:
        assert isinstance(item, discord.ui.Button)
        assert item.custom_id is not None
        return cls(int(item.custom_id.split(":")[1]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again {self.job}", ephemeral=True)


def labelled(text: str, component: discord.ui.Item[discord.ui.Modal]) -> discord.ui.Label[discord.ui.Modal]:
    return discord.ui.Label(text=text, component=component)


class Tweak(discord.ui.Modal):
    """A form with a label of each common kind."""

    def __init__(self) -> None:
        super().__init__(title="Tweak", custom_id="tweak")
        styles = [discord.SelectOption(label=each.title(), value=each) for each in STYLES]
        shapes = [discord.RadioGroupOption(label=each, value=each) for each in ("1:1", "3:2")]
        extras = [discord.CheckboxGroupOption(label=each, value=each) for each in ("tile", "spoiler")]
        self.prompt: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id="prompt", max_length=400
        )
        self.style: discord.ui.Select[discord.ui.Modal] = discord.ui.Select(custom_id="style", options=styles)
        self.mask: discord.ui.FileUpload[discord.ui.Modal] = discord.ui.FileUpload(
            custom_id="mask", required=False, min_values=0
        )
        self.aspect: discord.ui.RadioGroup[discord.ui.Modal] = discord.ui.RadioGroup(
            custom_id="aspect", options=shapes
        )
        self.extras: discord.ui.CheckboxGroup[discord.ui.Modal] = discord.ui.CheckboxGroup(
            custom_id="extras", options=extras, required=False, min_values=0, max_values=2
        )
        self.add_item(labelled("Prompt", self.prompt))
        self.add_item(labelled("Style", self.style))
        self.add_item(labelled("Mask", self.mask))
        self.add_item(labelled("Aspect", self.aspect))
        self.add_item(labelled("Extras", self.extras))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        sizes = [len(await each.read()) for each in self.mask.values]
        parts = [self.prompt.value, self.style.values, sizes, self.aspect.value, self.extras.values]
        await interaction.response.send_message(f"tweaked {' '.join(map(str, parts))}")


class StylePicker(discord.ui.Select[discord.ui.View]):
    """Answers by changing its message."""

    def __init__(self) -> None:
        options = [discord.SelectOption(label=each) for each in STYLES]
        super().__init__(custom_id="style", options=options, max_values=2)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"picked {', '.join(self.values)}")


class FriendPicker(discord.ui.UserSelect[discord.ui.View]):
    """Defers, then changes its message."""

    def __init__(self) -> None:
        super().__init__(custom_id="friend")

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"friend {self.values[0].name}", view=None)


class Panel(discord.ui.LayoutView):
    """A message of components v2."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        container: discord.ui.Container[Panel] = discord.ui.Container(accent_colour=0xD98E04)
        thumbnail: discord.ui.Thumbnail[Panel] = discord.ui.Thumbnail("attachment://one.png")
        container.add_item(discord.ui.Section("# Panel", accessory=thumbnail))
        container.add_item(discord.ui.Separator())
        gallery: discord.ui.MediaGallery[Panel] = discord.ui.MediaGallery()
        gallery.add_item(media="attachment://one.png", description="first")
        gallery.add_item(media="attachment://two.png", spoiler=True)
        container.add_item(gallery)
        container.add_item(discord.ui.File("attachment://two.png"))
        row: discord.ui.ActionRow[Panel] = discord.ui.ActionRow()
        row.add_item(Again(7))
        container.add_item(row)
        self.add_item(container)


class StudioBot(discord.Client):
    """Keeps the interactions it got and the errors of its commands in queues, for tests to wait on."""

    def __init__(self, heartbeat_timeout: float = 60.0) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            heartbeat_timeout=heartbeat_timeout,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self._note_error)
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.resumed = asyncio.Event()
        self.add_dynamic_items(Again)
        add_commands(self.tree)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again without the five seconds that discord.py would wait."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.put_nowait(interaction)

    async def on_resumed(self) -> None:
        self.resumed.set()

    async def _note_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        logging.getLogger(__name__).debug("command failed: %s", cause)
        self.errors.put_nowait(cause)


def add_commands(tree: app_commands.CommandTree[StudioBot]) -> None:
    """Every command of the bot."""
    tree.add_command(paint)
    tree.add_command(say)
    tree.add_command(sleepy)
    tree.add_command(tweak)
    tree.add_command(panel)
    tree.add_command(pick)
    tree.add_command(post)
    tree.add_command(grown_up)
    tree.add_command(pickers)
    tree.add_command(assign)
    tree.add_command(Admin())
    tree.add_command(app_commands.ContextMenu(name="Image info", callback=image_info))
    tree.add_command(app_commands.ContextMenu(name="Look at", callback=look_at))


async def complete_style(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=each.title(), value=each) for each in STYLES if current in each]


@app_commands.command()
@app_commands.autocomplete(style=complete_style)
async def paint(
    interaction: discord.Interaction,
    prompt: str,
    count: app_commands.Range[int, 1, 4] = 4,
    style: str = "flat",
    image: discord.Attachment | None = None,
    private: bool = False,
) -> None:
    """Defer, show progress in edits, then the picture with a button, then a followup."""
    await interaction.response.defer(thinking=True, ephemeral=private)
    given = len(await image.read()) if image else 0
    await interaction.edit_original_response(content=f"{prompt}: step 1")
    view = discord.ui.View(timeout=None)
    view.add_item(Again(42))
    embed = discord.Embed(title="Done", description=prompt).set_footer(text=f"{style} {count} {given}")
    await interaction.edit_original_response(
        content=f"{prompt}: done",
        attachments=[picture("a.png", prompt), picture("b.png")],
        embed=embed,
        view=view,
    )
    await interaction.followup.send(f"{prompt} is ready", ephemeral=private, wait=True)


@app_commands.command()
async def say(interaction: discord.Interaction, text: str, hidden: bool = False) -> None:
    """Answer at once."""
    await interaction.response.send_message(text, ephemeral=hidden)


@app_commands.command()
async def sleepy(interaction: discord.Interaction) -> None:
    """Never answer."""


@app_commands.command()
async def tweak(interaction: discord.Interaction) -> None:
    """Open a form."""
    await interaction.response.send_modal(Tweak())


@app_commands.command()
async def panel(interaction: discord.Interaction) -> None:
    """Components v2."""
    files = [picture("one.png"), picture("two.png")]
    await interaction.response.send_message(view=Panel(), files=files)


@app_commands.command()
async def pick(interaction: discord.Interaction) -> None:
    """Selects of two kinds."""
    view = discord.ui.View(timeout=None)
    view.add_item(StylePicker())
    view.add_item(FriendPicker())
    await interaction.response.send_message("pick", view=view)


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def post(interaction: discord.Interaction) -> None:
    """Post without the interaction, twice with one nonce; react, fetch, edit, delete; write to the member."""
    await interaction.response.defer(thinking=True)
    channel = interaction.channel
    assert isinstance(channel, discord.abc.Messageable)
    first = await channel.send("posted", nonce="job-1")
    again = await channel.send("posted", nonce="job-1")
    await first.add_reaction("⭐")
    fetched = await channel.fetch_message(first.id)
    await fetched.edit(content="edited", attachments=[picture("late.png")])
    extra = await channel.send("to be deleted")
    await extra.delete()
    direct = await interaction.user.send("in private", file=picture("private.png"))
    private = isinstance(direct.channel, discord.DMChannel)
    await interaction.edit_original_response(content=f"same {first.id == again.id}, private {private}")


@app_commands.command(nsfw=True)
async def grown_up(interaction: discord.Interaction) -> None:
    """Only where it is age-restricted."""
    await interaction.response.send_message("after dark")


async def image_info(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(
        f"{len(message.attachments)} in {message.content!r}", ephemeral=True
    )


async def look_at(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"this is {member.name}", ephemeral=True)
