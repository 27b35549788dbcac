"""What the log says is what people see."""

from tests.integration.projection.conftest import House
from tests.unit.projection.builders import Pen, a_ticket_id, one_of_each


async def test_a_ticket_is_shown_with_all_that_happened_to_it(house: House) -> None:
    ticket_id = a_ticket_id()
    events = Pen(ticket_id).write_all(one_of_each(ticket_id))

    position = await house.log.write(events)

    ticket = await house.get(f"/tickets/{ticket_id}", at_least=position)
    assert ticket["status"] == "cancelled"
    history = await house.get(f"/tickets/{ticket_id}/history")
    assert [item["event_id"] for item in history["items"]] == [str(event.id) for event in events]
