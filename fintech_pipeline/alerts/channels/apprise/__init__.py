"""The channel `apprise`: whatever the library Apprise reaches."""
