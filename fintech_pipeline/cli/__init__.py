"""The `fintech` command, a file a group."""
