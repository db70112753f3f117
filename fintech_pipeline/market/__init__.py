"""Prices: instruments, sessions, bars and where they come from."""
