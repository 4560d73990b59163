"""``python -m anki_export``."""

from anki_export.cli import main

if __name__ == "__main__":
    main()
