"""A self-hosted market watch: prices and news in, explained trading signals out."""
