"""The market vendors, one file each, independent of each other."""
