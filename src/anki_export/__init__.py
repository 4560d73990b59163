"""Turn a folder of Markdown study notes into an Anki package."""

__version__ = "0.1.0"
