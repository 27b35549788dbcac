"""What notify decides and writes, without any server."""
