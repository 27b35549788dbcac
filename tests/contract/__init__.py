"""Claims about files: schemas, examples, snapshots."""
