"""Still pictures for the bedside screen, made in a process of its own: pixels, then what a terminal or a window takes."""
