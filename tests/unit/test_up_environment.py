"""What `fintech up` hands to the processes that it starts."""

from pathlib import Path

import pytest

from fintech_pipeline.cli.up import environment_of_parts
from fintech_pipeline.settings import load_settings

HOME = Path("/var/watch/dagster")


@pytest.mark.parametrize(
    ("configured", "written"), [("auto", "human"), ("json", "json"), ("human", "human")]
)
def test_its_files_are_for_people_unless_the_configuration_wants_json(
    tmp_path: Path, configured: str, written: str
) -> None:
    demo = Path("fintech_pipeline/demo.toml").read_text("utf-8")
    file = tmp_path / "watch.toml"
    file.write_text(f'{demo}\n[logs]\nformat = "{configured}"\n', "utf-8")
    environment = environment_of_parts(load_settings(file, {}), HOME, {})
    # As each of them reads it.
    del environment["FINTECH_DATABASE__FOLDER"]
    assert load_settings(file, environment).logs.format == written
