"""The news vendors, one file each, independent of each other."""
