"""The only room that speaks Discord: commands, buttons, what messages look like, and how they are edited."""
