-- The guilds that the owner has opened the bot to; they are asked about where the settings say "listed".
CREATE TABLE allowed_guild (
    guild_id INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
