"""The words of the bedside screen, one class a language. French is the source; another language subclasses it."""

from ui.bedside.locales.fr import French

Words = French
"""What every part of the screen is given: a language is an instance of it."""
