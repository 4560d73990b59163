"""Where a card goes in the collection: its deck, its Anki tags, its difficulty."""
