"""The pages of the bedside screen, one a file."""
