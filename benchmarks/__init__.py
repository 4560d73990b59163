"""What is measured: time and memory, our peers, and what edits do to histories."""
