"""The laws under kills, freezes and cuts."""
