"""The sample's directory is what intake's import documents, line by line."""

import csv
from zoneinfo import ZoneInfo

import pytest

from deploy.sample.generate import DEPLOY
from services.intake.directory.entries import CustomerEntry, Entry, OrderEntry, Place, ProductEntry, read_entry

HERE = Place(region="CN", area="", zone=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("name", "model"), [("customers", CustomerEntry), ("orders", OrderEntry), ("products", ProductEntry)]
)
def test_every_line_of_the_sample_is_taken(name: str, model: type[Entry]) -> None:
    with (DEPLOY / "sample" / f"{name}.csv").open(encoding="utf-8", newline="") as sheet:
        read = [read_entry(model, row, HERE) for row in csv.DictReader(sheet)]
    assert [entry for entry in read if not isinstance(entry, model)] == []


@pytest.mark.parametrize(
    ("name", "model"), [("customers", CustomerEntry), ("orders", OrderEntry), ("products", ProductEntry)]
)
def test_the_columns_are_the_fields_of_an_entry(name: str, model: type[Entry]) -> None:
    header = (DEPLOY / "sample" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",") == list(model.model_fields)
