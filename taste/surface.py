"""Surface features of a move: how long it is and how it is written, nothing of what it says. Pure.

They are stored with both forms of each move, so that a report can tell how far a judge's verdicts
go with the surface. Each feature is a count by a rule that is told with it.
"""

import re
from dataclasses import asdict, dataclass

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")
_SPOKEN = re.compile(r"[^\W_]")
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|might|could|probably|possibly|presumably|potentially|likely|seems?|appears?|"
    r"somewhat|unsure|may(?!\s*\d)|not\s+sure|sort\s+of|kind\s+of|i\s+(?:think|guess|suppose|believe|"
    r"suspect|feel|wonder)|i['’]d\s+(?:say|guess)|if\s+possible)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^[ \t]*(?:[-*+•–]|\(?(?:\d{1,3}|[a-z])[.)])[ \t]+\S", re.MULTILINE | re.IGNORECASE
)
_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SPAN = re.compile(r"`[^`\n]+`")
_CODE = re.compile(
    r"(?<![\w./~-])(?=[\w./~-]*[A-Za-z])(?:"
    r"--?[a-z][\w-]*"  # an option
    r"|[~.]{0,2}/[\w.-]+(?:/[\w.-]*)*"  # a path from a root
    r"|[\w.-]+(?:/[\w.-]+){2,}|[\w-]+/[\w-]+\.\w+"  # a path inside a project
    r"|\w+(?:\.\w+)*\(\)"  # a call
    r"|[\w-]{2,}\.(?:cfg|cpp|cs[sv]|cuh?|html?|ini|ipynb|jsonl?|jsx?|log|md|np[yz]|parquet|pt|py|rs|"
    r"sh|sql|tex|toml|tsv?|tsx|txt|ya?ml)"  # a file
    r"|\w*[^\W_]_\w+|[a-z]+[A-Z]\w*"  # snake_case, camelCase
    r")(?![\w/])"
)
_LEAD = (
    r"(?:(?:ok(?:ay)?|yes|no|so|now|first|next|also|then|instead|please|pls|just|only|again|"
    r"let['’]?s|let\s+us|(?:can|could|would|will)\s+you|(?:you|we|i)\s+(?:should|must|need\s+to|"
    r"have\s+to|can|could)|i(?:['’]ll|\s+will|\s+want(?:\s+you)?\s+to|['’]d(?:\s+like\s+(?:you\s+)?to)?)|"
    r"go\s+(?:on\s+)?and)[\s,:]+){0,4}"
)
_VERB = (
    r"(?:add|adopt|analy[sz]e|apply|approve|ask|average|back|bisect|break|bring|build|call|cancel|"
    r"change|check|choose|clean|clear|collect|combine|commit|compare|compute|configure|confirm|"
    r"continue|convert|copy|correct|count|create|cut|debug|decide|define|delete|deploy|derive|"
    r"describe|diff|disable|discard|do|document|double|download|draft|draw|drop|dump|edit|enable|"
    r"estimate|evaluate|examine|exclude|explain|explore|export|extend|extract|feed|fetch|filter|"
    r"find|finish|fit|fix|focus|follow|freeze|generate|get|give|go|grade|group|halve|hold|identify|"
    r"implement|import|improve|include|increase|inspect|install|interleave|investigate|isolate|"
    r"keep|label|launch|leave|limit|load|log|look|lower|make|map|mark|measure|merge|mine|move|"
    r"normali[sz]e|note|open|optimi[sz]e|pick|place|plan|plot|port|prepare|print|profile|prototype|"
    r"pull|push|put|raise|rank|read|rebuild|recompute|record|redo|reduce|refactor|reject|relax|"
    r"remove|rename|repeat|replace|replay|report|reproduce|rerun|rescore|reset|restart|restore|"
    r"restrict|resume|retokeni[sz]e|retrain|retry|return|revert|review|rewrite|run|sample|save|"
    r"scale|scan|score|search|send|set|ship|show|shuffle|simplify|skip|slice|sort|split|start|state|"
    r"stop|submit|summari[sz]e|swap|sweep|switch|tabulate|take|tell|test|throw|time|trace|train|try|"
    r"tune|turn|undo|update|upload|use|validate|vary|verify|view|weigh|withdraw|work|write)"
)
_ACTION = re.compile(
    r"(?:\A|[.!?;:,]\s|\n|\b(?:and|then|but|or)\s)[ \t\-*+•>\d.()]{0,12}"
    rf"(?=({_LEAD}{_VERB}\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Surface:
    """Counts of what a text looks like."""

    chars: int
    """Characters, blanks included."""
    words: int
    """Runs without a blank that hold a letter or digit; each character of Chinese or Japanese."""
    hedges: int
    """Words that take back: maybe, might, could, probably, seems, I think and their kin."""
    lists: int
    """Lines that begin as an item of a list: a mark, a number or a letter."""
    code: int
    """Blocks and spans of code; outside of them options, paths, calls, files and identifiers."""
    actions: int
    """Clauses that begin with a verb that directs work, "please" and the like aside. A clause
    begins with the text, with a line, after punctuation, and after and, then, but, or."""

    def as_dict(self) -> dict[str, int]:
        """As JSON."""
        return asdict(self)


def surface_of(text: str) -> Surface:
    """Count the features of a text."""
    bare, blocks = _BLOCK.subn(" ", text)
    prose, spans = _SPAN.subn(" ", bare)
    return Surface(
        chars=len(text),
        words=sum(1 for word in _WORD.findall(text) if _SPOKEN.search(word)),
        hedges=len(_HEDGE.findall(prose)),
        lists=len(_ITEM.findall(bare)),
        code=blocks + spans + len(_CODE.findall(prose)),
        actions=len({found.end(1) for found in _ACTION.finditer(prose)}),
    )
