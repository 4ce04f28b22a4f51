"""The slash commands and context menus: their options, and the call at a desk that each one makes."""
