"""The models that score texts, independent of each other."""
