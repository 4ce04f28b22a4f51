"""Discord's REST API, version 10, as far as a bot uses it: one module a resource, one front for all."""
