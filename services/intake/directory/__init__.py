"""Who and what the house knows: customers by their phones, their orders, the products; and how that comes in."""
