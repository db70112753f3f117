"""What may still be asked of the vendors, and asking it."""
