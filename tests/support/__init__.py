"""What tests are written with: waiting without sleeping, builders, servers."""
