"""HTTP: what other programs ask of the pipeline."""
