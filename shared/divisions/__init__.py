"""The official divisions of China, and the parser that finds them in an address."""
