from services.intake.ledger import balance


def test_law_4_lines_that_match_the_contacts_add_up() -> None:
    counts = balance({"opened": 3, "follow_up": 1, "duplicate": 2, "refused": 4}, {"opened": 3, "follow_up": 1})
    assert (counts["received"], counts["adds_up"]) == (10, True)


def test_law_4_a_contact_without_its_line_does_not_add_up() -> None:
    assert not balance({"opened": 3}, {"opened": 4})["adds_up"]


def test_law_4_a_line_of_unknown_disposition_does_not_add_up() -> None:
    assert not balance({"opened": 3, "lost": 1}, {"opened": 3})["adds_up"]
