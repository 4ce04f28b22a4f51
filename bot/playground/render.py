"""Turns users, members, roles, channels, the guild and the application into what Discord sends."""

from __future__ import annotations

from bot.playground.permissions import base_permissions
from bot.playground.snowflake import iso
from bot.playground.wire import Json
from bot.playground.world import (
    Channel,
    ChannelType,
    Guild,
    GuildMember,
    Role,
    User,
    World,
)


def user_json(user: User) -> Json:
    """A user; `avatar_color` is for the page and unknown to Discord."""
    return {
        "id": str(user.id),
        "username": user.username,
        "global_name": None if user.bot else user.display_name,
        "discriminator": "0",
        "avatar": None,
        "avatar_color": user.color,
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
        "primary_guild": None,
    }


def self_json(user: User) -> Json:
    """The bot's own account, as GET /users/@me shows it."""
    return user_json(user) | {"mfa_enabled": True, "locale": user.locale, "verified": True, "email": None}


def member_json(member: GuildMember) -> Json:
    return {
        "user": user_json(member.user),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(each) for each in sorted(member.roles)],
        "joined_at": iso(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def role_json(role: Role) -> Json:
    plain = {"primary_color": role.color, "secondary_color": None, "tertiary_color": None}
    tags = {"tags": {"bot_id": str(role.managed_by)}} if role.managed_by else {}
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": plain,
        "hoist": False,
        "managed": role.managed_by is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    } | tags


def channel_json(channel: Channel) -> Json:
    """A guild's channel or a direct one."""
    last = str(max(channel.messages)) if channel.messages else None
    common: Json = {"id": str(channel.id), "type": int(channel.type), "flags": 0}
    if channel.type is not ChannelType.CATEGORY:
        common |= {"last_message_id": last, "last_pin_timestamp": None}
    if channel.recipient is not None:
        return common | {"recipients": [user_json(channel.recipient)]}
    overwrites = [
        {
            "id": str(each.target_id),
            "type": int(each.is_member),
            "allow": str(each.allow),
            "deny": str(each.deny),
        }
        for each in channel.overwrites.values()
    ]
    common |= {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "position": channel.position,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "permission_overwrites": overwrites,
        "nsfw": channel.nsfw,
    }
    if channel.type is ChannelType.CATEGORY:
        return common
    return common | {"topic": channel.topic, "rate_limit_per_user": 0}


def guild_json(guild: Guild) -> Json:
    """The guild without its channels and members, as GET /guilds/{id} shows it."""
    nothing: Json = dict.fromkeys(
        (
            "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
            "afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code", "max_presences",
            "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
        )
    )  # fmt: skip
    return nothing | {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "features": [],
        "roles": [role_json(each) for each in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "region": "deprecated",
        "preferred_locale": guild.locale,
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
    }


def guild_create_json(world: World) -> Json:
    """The GUILD_CREATE event: the guild with all that is in it."""
    guild, bot = world.guild, world.application.bot
    me = guild.members.get(bot.id)
    return guild_json(guild) | {
        "joined_at": iso(me.joined_at if me else 0.0),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(me)] if me else [],
        "channels": [channel_json(each) for each in world.guild_channels()],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application_json(world: World) -> Json:
    application = world.application
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "A picture studio on your own machine.",
        "type": None,
        "bot": user_json(application.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(application.owner),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def member_state_json(guild: Guild, member: GuildMember) -> Json:
    """A member as the page's list shows it, with permissions in the guild at large."""
    body = member_json(member)
    return {
        "user": body["user"] | {"global_name": member.user.display_name},
        "roles": body["roles"],
        "joined_at": body["joined_at"],
        "permissions": str(base_permissions(guild, member.user)),
        "note": member.note,
    }
