"""The package that Anki imports: notetypes, card templates, and the ``.apkg`` itself."""
