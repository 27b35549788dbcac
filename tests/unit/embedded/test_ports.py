"""Ports: the remembered one while it is free."""

import socket

from shared.embedded.ports import FIRST_PORT, HOST, LAST_PORT, answers, choose_port, is_free


def test_a_free_remembered_port_is_taken_again() -> None:
    port = choose_port(0, set())
    assert choose_port(port, set()) == port


def test_a_remembered_port_that_another_program_has_is_replaced() -> None:
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        assert not is_free(taken)
        assert choose_port(taken, set()) != taken


def test_no_port_is_given_twice() -> None:
    port = choose_port(0, set())
    assert choose_port(port, {port}) != port


def test_new_ports_lie_below_those_of_outgoing_connections() -> None:
    assert FIRST_PORT <= choose_port(0, set()) <= LAST_PORT < 32_768


def test_a_port_answers_while_somebody_listens() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        assert answers(port)
    assert not answers(port)
