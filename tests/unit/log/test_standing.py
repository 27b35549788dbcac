"""Readiness says what is so: judged from looks at the database and at Kafka, with times as data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.log.standing import (
    LAG_RECORDS_MAX,
    READER_STUCK_S,
    RELAY_STUCK_S,
    UNTAKEN_S,
    DatabaseSeen,
    KafkaSeen,
    Memory,
    Standing,
    StoppedSubject,
    Told,
)

PARTS = [("tickets", 0), ("tickets", 1)]
EVEN = dict.fromkeys(PARTS, 5)
DATABASE = DatabaseSeen(
    halted=None,
    outbox_head=None,
    outbox_records=0,
    outbox_age_s=0.0,
    stopped_count=0,
    stopped=(),
    dead_letters=0,
    positions=EVEN,
    clock_ahead_s=0.0,
)
KAFKA = KafkaSeen(ends=EVEN, taken=frozenset(PARTS))
TOLD = Told(relay_alarm=None, relay_error=None, reader_alarms={"tickets": None})
WAITING = replace(DATABASE, outbox_head=17, outbox_records=3, outbox_age_s=90.0)


def judged(
    *looks: tuple[float, DatabaseSeen | None, KafkaSeen | None], told: Told = TOLD
) -> tuple[Standing, Mapping[str, Any]]:
    """The standing after these looks, one memory for all."""
    memory = Memory(PARTS)
    standing = [memory.judge(*look, told) for look in looks][-1]
    return standing, standing.checks


def test_a_service_whose_servers_answer_and_whose_readers_are_at_the_end_is_ready() -> None:
    standing, checks = judged((0, DATABASE, KAFKA))
    assert standing.ready
    assert {name: checks[name] for name in ("database", "kafka", "relay", "tickets")} == dict.fromkeys(
        ("database", "kafka", "relay", "tickets"), "ok"
    )


def test_without_its_database_a_service_is_not_ready() -> None:
    assert judged((0, None, KAFKA))[0] == Standing(ready=False, checks={"database": "away", "kafka": "ok"})


def test_a_database_that_must_not_be_written_is_not_ready() -> None:
    standing, checks = judged((0, replace(DATABASE, halted="it is older than the log"), KAFKA))
    assert (standing.ready, checks["writing"]) == (False, "it is older than the log")


def test_kafka_away_leaves_a_service_ready_and_says_what_waits_since_when() -> None:
    standing, checks = judged((0, WAITING, None), (3_600, WAITING, None))
    assert standing.ready
    assert "away for 3600 s" in checks["kafka"]
    assert checks["relay"] == "waits for Kafka: 3 facts wait, the oldest for 90 s"


def test_a_relay_that_stands_still_although_kafka_answers_is_not_ready_and_says_why() -> None:
    told = replace(TOLD, relay_error="TopicAuthorizationFailedError")
    early, _ = judged((0, WAITING, KAFKA), (RELAY_STUCK_S - 1, WAITING, KAFKA), told=told)
    late, checks = judged((0, WAITING, KAFKA), (RELAY_STUCK_S, WAITING, KAFKA), told=told)
    assert (early.ready, late.ready) == (True, False)
    assert checks["relay"].startswith("stands still although Kafka answers (TopicAuthorizationFailedError): 3 facts")


def test_a_position_that_the_log_no_longer_reaches_is_not_ready() -> None:
    shorter = replace(KAFKA, ends=EVEN | {PARTS[1]: 3})
    standing, checks = judged((0, DATABASE, KAFKA), (2, DATABASE, shorter))
    assert (standing.ready, checks["tickets"]) == (
        False,
        "tickets[1]: our position 5 is not in the log, which ends at 3",
    )


def test_a_position_that_is_newer_than_the_end_beside_it_is_well() -> None:
    further = replace(DATABASE, positions=EVEN | {PARTS[1]: 9})
    looks = [(0.0, DATABASE, KAFKA), (2.0, further, KAFKA)]
    assert judged(*looks)[0].ready
    assert judged(*looks, (4.0, further, replace(KAFKA, ends=EVEN | {PARTS[1]: 9})))[0].ready


def test_an_old_backlog_that_moves_is_not_stuck() -> None:
    """After an hour without Kafka the oldest fact is an hour old, and yet all is well."""
    standing, checks = judged((0, WAITING, KAFKA), (RELAY_STUCK_S, replace(WAITING, outbox_head=18), KAFKA))
    assert (standing.ready, checks["relay"]) == (True, "sends: 3 facts wait, the oldest for 90 s")


def test_a_relay_has_its_whole_time_again_when_kafka_comes_back() -> None:
    looks = [(0.0, WAITING, KAFKA), (40.0, WAITING, None), (69.0, WAITING, KAFKA)]
    assert judged(*looks)[0].ready
    assert not judged(*looks, (70.0, WAITING, KAFKA))[0].ready


def test_a_relay_that_stopped_with_an_alarm_is_not_ready() -> None:
    standing, checks = judged((0, DATABASE, KAFKA), told=replace(TOLD, relay_alarm="Kafka refuses a record"))
    assert (standing.ready, checks["relay"]) == (False, "stopped: Kafka refuses a record")


def test_a_reader_with_an_alarm_is_not_ready() -> None:
    told = replace(TOLD, reader_alarms={"tickets": "1001 records in a row cannot be read"})
    standing, checks = judged((0, DATABASE, KAFKA), told=told)
    assert (standing.ready, checks["tickets"]) == (False, "1001 records in a row cannot be read")


def test_a_reader_that_is_further_behind_than_the_limit_is_not_ready() -> None:
    at_limit = replace(KAFKA, ends=EVEN | {("tickets", 1): 5 + LAG_RECORDS_MAX})
    beyond = replace(KAFKA, ends=EVEN | {("tickets", 1): 6 + LAG_RECORDS_MAX})
    assert judged((0, DATABASE, at_limit))[0].ready
    standing, checks = judged((0, DATABASE, beyond))
    assert (standing.ready, checks["tickets"]) == (False, "10001 records behind, more than 10000")
    assert checks["lag_records"] == {"tickets": 10_001}


def test_a_partition_that_does_not_move_although_there_is_something_to_read_is_not_ready() -> None:
    more = replace(KAFKA, ends=EVEN | {("tickets", 1): 6})
    assert judged((0, DATABASE, more), (READER_STUCK_S - 1, DATABASE, more))[0].ready
    standing, checks = judged((0, DATABASE, more), (READER_STUCK_S, DATABASE, more))
    assert (standing.ready, checks["tickets"]) == (False, "tickets[1] has not moved for 30 s, 1 records behind")


def test_a_quiet_partition_at_its_end_is_not_stuck() -> None:
    assert judged((0, DATABASE, KAFKA), (READER_STUCK_S * 100, DATABASE, KAFKA))[0].ready


def test_a_partition_that_nobody_has_taken_yet_is_not_ready_from_the_first_look_on() -> None:
    standing, checks = judged((0, DATABASE, replace(KAFKA, taken=frozenset(PARTS[:1]))))
    assert (standing.ready, checks["tickets"]) == (False, "no reader has taken partition 1")


def test_a_partition_that_changes_hands_has_some_seconds_for_it() -> None:
    nobody = replace(KAFKA, taken=frozenset())
    assert judged((0, DATABASE, KAFKA), (1, DATABASE, nobody), (UNTAKEN_S, DATABASE, nobody))[0].ready
    standing, checks = judged((0, DATABASE, KAFKA), (1, DATABASE, nobody), (UNTAKEN_S + 1, DATABASE, nobody))
    assert (standing.ready, checks["tickets"]) == (False, "no reader has taken partition 0, 1")


def test_stopped_tickets_are_named_and_stop_nobody_else() -> None:
    found = replace(DATABASE, stopped_count=1, stopped=[StoppedSubject("tickets", "0192", "gap")], dead_letters=1)
    standing, checks = judged((0, found, KAFKA))
    assert standing.ready
    assert checks["stopped_tickets"] == {"count": 1, "first": [{"subject": "0192", "kind": "gap"}]}
    assert checks["dead_letters"] == 1
