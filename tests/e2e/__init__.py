"""Stories that a person would tell, through the front doors of all four services."""
