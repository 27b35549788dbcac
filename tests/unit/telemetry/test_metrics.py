from typing import get_args

import pytest

from shared.telemetry.metrics import Metrics, metrics_for
from shared.telemetry.names import METRICS, CounterName, GaugeName, HistogramName
from tests.tidy.tree import python_files, read

KINDS = {"counter": CounterName, "gauge": GaugeName, "histogram": HistogramName}


def test_every_name_has_one_entry_of_its_kind() -> None:
    listed = {name: kind for kind, names in KINDS.items() for name in get_args(names)}
    assert {name: metric.kind for name, metric in METRICS.items()} == listed


def test_names_tell_kind_and_unit() -> None:
    for name, metric in METRICS.items():
        assert name.startswith("gongdan_")
        assert name.endswith("_total") == (metric.kind == "counter"), name
        if metric.kind != "counter" and metric.unit:
            assert name.endswith(f"_{metric.unit}"), name


def test_every_name_is_set_somewhere() -> None:
    program = [read(path) for path in python_files() if path.parts[0] in {"services", "shared"}]
    assert [name for name in METRICS if sum(f'"{name}"' in text for text in program) < 2] == []


def test_two_services_of_one_process_do_not_clash() -> None:
    one, other = Metrics("intake"), Metrics("routing")
    one.count("gongdan_reader_records_total", 3, topic="tickets", partition="1")
    other.count("gongdan_reader_records_total", 4, partition="1", topic="tickets")
    assert b'{partition="1",service="intake",topic="tickets"} 3.0' in one.render()
    assert b'{partition="1",service="routing",topic="tickets"} 4.0' in other.render()


def test_a_service_has_one_set_of_metrics() -> None:
    assert metrics_for("a-test") is metrics_for("a-test")


def test_every_metric_can_be_made_and_rendered() -> None:
    metrics = Metrics("intake")
    for name, metric in METRICS.items():
        labels = dict.fromkeys(metric.labels, "x")
        metrics._child(name, labels)
    text = metrics.render().decode()
    assert all(f"# HELP {name} " in text for name in METRICS)
    assert "_created" not in text


def test_labels_that_are_not_the_metrics_own_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        Metrics("intake").count("gongdan_reader_records_total", topic="tickets")
