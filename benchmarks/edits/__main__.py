"""``python -m benchmarks.edits NOTES``."""

import sys

from benchmarks.edits.report import main

if __name__ == "__main__":
    sys.exit(main())
