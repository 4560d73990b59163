"""Edits of every kind on any notes, each with its truth: whose history is whose afterwards.

The truth comes from the edit, not from the matching: every line of an edited note remembers
where it stood, so every card of the edited note is known to be a card of the old one, or to
be none. The benchmark makes them by the thousand (``python -m benchmarks.edits NOTES``),
the property tests in storms on generated notes, the re-import tests through the real Anki.
"""
