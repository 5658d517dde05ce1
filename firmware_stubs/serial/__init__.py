"""Simulated devices with a cable: each speaks as its maker's documents say, on a pseudo-terminal or a serial server."""
