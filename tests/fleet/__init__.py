"""What `make bench-fleet` measures updates with."""
