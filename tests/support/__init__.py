"""What several test modules need: folders to build, the real Anki, browsers, the oracle."""
