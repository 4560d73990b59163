"""Result → text or JSON: pure, and the only place where results become sentences."""

from anki_export.report.as_json import error_json, to_json
from anki_export.report.changes import diff, plan_lines
from anki_export.report.listing import all_lines, fault_lines, folded_lines
from anki_export.report.result import Result
from anki_export.report.summary import key_search, summary
from anki_export.report.verdicts import near, verdict_lines, verdicts_json

__all__ = [
    "Result",
    "all_lines",
    "diff",
    "error_json",
    "fault_lines",
    "folded_lines",
    "key_search",
    "near",
    "plan_lines",
    "summary",
    "to_json",
    "verdict_lines",
    "verdicts_json",
]
