"""Signed updates: what a release is, how it is signed and published, fetched, installed beside the running one, and switched to."""
