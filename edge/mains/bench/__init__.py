"""`telecart bench`: how fast the house is, each figure beside its limit and a peer's."""
