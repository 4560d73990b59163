"""The cards on a local page, as Anki would show them: what `preview` serves and exports."""
