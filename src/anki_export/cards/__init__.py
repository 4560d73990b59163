"""Cards as HTML: slices of a note's tree become fields, with the images they need."""

from anki_export.cards.fields import Renderer

__all__ = ["Renderer"]
