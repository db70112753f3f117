"""The `fintech` command as `python -m fintech_pipeline`, for who has only the interpreter."""

from fintech_pipeline.cli.main import main

main()
