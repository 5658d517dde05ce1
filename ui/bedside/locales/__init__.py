"""The words of the bedside screen, one class a language. French is the source; another language subclasses it."""

from collections.abc import Mapping
from types import MappingProxyType

from ui.bedside.locales.en import English
from ui.bedside.locales.fr import French

Words = French
"""What every part of the screen is given: a language is an instance of it."""

LANGUAGES: Mapping[str, type[Words]] = MappingProxyType({"fr": French, "en": English})
"""By the names that the settings have for them."""
