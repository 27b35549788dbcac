"""What is put in place rather than run: the policies of the sample chain and its directory."""
