r"""What the first look asks for, in the dialect that both engines of regular expressions share.

Each shape covers all that its rules would replace, in a raw JSON line (escapes and colours in
place) as in a decoded text; it may say yes in vain, and must never say no in vain.
"""

_OWNERS = (
    "api|access|secret|private|auth|account|encryption|signing|master|client|service|shared"
    "|storage|deploy|session|license|admin|subscription"
)
_COLOUR = r"(?:(?:\x1b|\\+u001[bB]|\\+x1b|\\+033|\\+e)\[[0-9;]*m)*"
_BLANK = r"(?:\s|\\+[nrt])"
_MARKUP = r"\\+u00(?:26|3[cCeE])"
"""``&``, ``<`` and ``>`` as some writers of JSON escape them."""
_ESCAPED = r"\\u00(?:2[0-57-9a-fA-F]|3[0-9abdABD]|3[fF]|[4-7][0-9a-fA-F])|\\x[2-7][0-9a-fA-F]"
"""Any other character that no writer needs to escape: it may hide anything."""
_EDGE = r"(?:^|[^A-Za-z]|\\[nrtbf]|[0-9]m|\\+u00[0-9a-fA-F]{2})"
"""Where a word may begin."""


def _key_like(inside: str) -> str:
    """Match the beginning of every value that `innocent` does not call weak.

    Eight characters with a digit and something else, or case that jumps three times.

    Args:
        inside: a class, negated, of the characters that do not end the value, or more.
    """
    other = inside.replace("[^", "[^0-9", 1)
    digit = r"(?:\\*[0-9]|[^\x00-\x7f])"
    mixed = f"{other}*{digit}"
    for left in range(7):
        mixed = f"(?:{digit}{inside}{{{left}}}|{other}{mixed})"
    jump = r"[a-z][A-Z]"
    jumps = f"{other}*{jump}{other}*{jump}{other}*{jump}"
    number = rf"[0-9]{inside.replace('[^', '[^A-Za-z', 1)}*(?:[A-Za-z\\]|[^\x00-\x7f])"
    return f"(?:{other}{mixed}|{jumps}|{number})"


_TAIL = r"(?:_[A-Z0-9]{1,12}|[0-9]){0,2}"
_PASSWORD = r"(?:(?i:passw(?:or)?d|passphrase|pwd)|_(?i:pass))" + _TAIL
_KEYED = rf"(?:(?i:token|secret|credentials?|(?:{_OWNERS})[_-]?key)|KEY){_TAIL}"
_LINK = rf"""[\\"'`\]]*{_COLOUR}\s*(?::=|=(?:[=>]|\\+u003[eE])?|:|,)"""
_BEFORE = rf"{_COLOUR}{_BLANK}*[brfu]?[brfu]?"
_QUOTES = rf"""[\\"'`]*{_COLOUR}[ \t]*"""
_VALUE = r"[^\s\"'`\\]"
_FREE = _key_like(r"(?:[^\s\"'`\\]|\\+[^nrtf\s\"'`\\])")
_IN_STRING = _key_like(r"(?:[^ \"\\]|\\.)")
_IN_DEEPER = _key_like(r"(?:[^ \"]|\\\\\\+\")")
_NEXT = _key_like(r"[^\s\"'`\\,.;:(){}\[\]<>|&*!?@#$%^~]")
_SEAM = (
    rf"(?:[ \t]*\\*(?:\n|\r|\\+[nr])(?:[ \t>|│\n\r]|\\+[nrt])*{_NEXT}"
    rf"|\\*[\"'`]{_BLANK}*[+.&\\]*{_BLANK}*\\*[\"'`][A-Za-z0-9_/+=-]{{4}})"
)
"""Where a value goes on after a line break or a concatenation."""
_FLAG = rf"(?:[ \t=]|\\+t)+{_COLOUR}"
_COLON = r"[\"'\\]*(?:\s|\\+[nrtNRT])*:(?:\s|\\+[nrtNRT]|[\"'\\])*"
_HEADER = rf"(?i:authorization){_COLON}"

PROVIDERS = (
    r"sk-(?:ant-|proj|or-v|svc|admin|None|service)",
    rf"{_EDGE}sk-(?:[A-Za-z0-9]{{16}}|[A-Za-z0-9]*[\"'`\\\s])",
    r"T3BlbkFJ|AIza|ya29\.|GOCSPX-|(?:A[KS]IA|ABIA|ACCA)[A-Z0-9]",
    r"gh[pousr]_[A-Za-z0-9\"'`\\\s]|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-",
    r"hf_[A-Za-z0-9\"'`\\\s]|api_org_|xox[abeoprs]-|xapp-|hooks\.slack\.com|[sr]k_(?:live|test)_",
    r"whsec_|npm_[A-Za-z0-9\"'`\\\s]|pypi-[\w\"'`\\\s-]|SG\.[\w-]|gsk_|xai-|r8_[A-Za-z0-9]",
    r"(?:SK|AC)(?:[0-9a-f]{16}|[0-9a-f]{3,15}[\"'`\\\s])|[0-9]{8}:AA",
    r"(?i:wandb)[^\n]*[0-9a-f]{16}|wandb_v1_|dapi[0-9a-f\"]",
    rf"(?i:accountkey|sharedaccesskey)=|8Q~|(?:[?&;]|{_MARKUP})sig=|PRIVATE KEY|do[opr]_v1_",
    rf"{_EDGE}eyJ[A-Za-z0-9_-]*[.\"'`\\\s\x1b]",
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F\"'`\\\s]|lin_api_|lsv2_|hvs\.|pplx-|tvly-|dckr_|ntn_|ATATT3",
    r"AGE-SECRET|[MNO][A-Za-z0-9]+\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{16}",
    r"(?i:aws)[^\n]*(?i:secret|sk)[^\n]*(?:[\s=:\"'\\,>]|\\+[nrt]|\\+u003[eE])[A-Za-z0-9/+]{40}",
)
NAMES = (
    r":\\*/\\*/[^\s/@\"'\\<>]*(?::(?:[^\s/\"'\\<>]|\\+u0026)+)?@",
    rf"{_PASSWORD}{_LINK}{_BEFORE}(?:\[\s*)?\\*[\"'`]{_QUOTES}{_VALUE}",
    rf"(?:PASSWO?R?D|PASSPHRASE|_PASS|_PWD){_TAIL}{_COLOUR}={_QUOTES}{_VALUE}",
    rf"(?:SECRET|CREDENTIALS?)(?:_KEY)?{_COLOUR}={_QUOTES}{_VALUE}",
    rf"(?:{_PASSWORD}|{_KEYED}){_LINK}{_BEFORE}{_QUOTES}{_FREE}",
    rf"(?i:passw(?:or)?d|passphrase|pwd|pass|credential|secret|token|key)[A-Za-z0-9_]*{_LINK}{_BEFORE}"
    rf"{_QUOTES}[A-Za-z0-9_/+=-]+{_SEAM}",
    rf"{_KEYED}\"\s*[:,]\s*(?:\[\s*)?\"(?: |\\[nrt])*{_IN_STRING}",
    rf"{_KEYED}\\+\"{_BLANK}*[:,]{_BLANK}*(?:\[{_BLANK}*)?\\+\"(?: |\\+[nrt])*{_IN_DEEPER}",
    rf"(?:(?i:bearer)|{_HEADER}(?i:basic|token|negotiate)){_BLANK}+{_COLOUR}[\w.~/+=-]{{8}}",
    rf"(?:{_HEADER}|(?i:api-?key){_COLON})[\w.~/+=-]{{16}}",
    rf"-(?i:passw(?:or)?d|passphrase|pgpassword|pwd){_TAIL}{_FLAG}[\"'\\]*[^\s\"'`\\|<>&;-]",
    rf"-(?i:token|secret|key){_FLAG}{_QUOTES}{_FREE}",
    rf"curl(?:[^\w-]|[^\w-][^\n|;]*{_BLANK})(?:-u|--user)[ =]*\\*[\"']?"
    r"[^\s:\"']+:",
    rf"(?:mysql|mariadb)(?:dump)?(?:[^\w-]|[^\w-][^\n|;]*{_BLANK})-p[^\s]",
    rf"sshpass|docker login|(?i:login){_BLANK}+\S+{_BLANK}+password",
    rf":[0-9]{{2,5}}:[\w*-]+:[\w-]+:(?:[^\s:\"'\\]|{_MARKUP}){{4}}",
    rf"\"(?i:name|key|variable)\"\s*:\s*\"[^\"\\]*(?:{_PASSWORD}|{_KEYED})\s*\"",
)
HIDDEN = (_ESCAPED,)
"""Whatever else it is, it has to be undone before one can tell."""
SPLIT = (
    r"[\[,]\s*\"[A-Za-z0-9_-]+\"\s*,\s*\"[A-Za-z0-9_-]{6}",
    r"\}\s*,\s*\{\s*\"type\"\s*:\s*\"(?:text|input_text|output_text)\"",
    r"\"text\"\s*:\s*\"[^\"\\]*\"[^{\"]*\}\s*,\s*\{",
)
