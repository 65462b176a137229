"""What the secrets of known providers look like; no judgement about names and values here.

Every pattern runs in time linear in the text: a tail without an upper bound is either the end
of its pattern or stands behind `_word`, which begins once per run of word characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GAP = r"(?:\s|\\+[nrt]|[\"',+\\])"
_BODY = rf"(?:{_GAP}{{0,20}}[A-Za-z0-9/=+]{{16,}})"
_ARMOUR = rf"(?:{_GAP}{{0,20}}[A-Z][A-Za-z-]{{2,20}}: [^\n\\\"]{{1,100}}){{0,4}}"
_PRIVATE = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"


@dataclass(frozen=True)
class RedactionRule:
    """One shape of secret; group `secret` of the pattern is what is replaced."""

    name: str
    kind: str
    """The word in the placeholder."""
    clues: tuple[str, ...]
    """Literals in lower case of which every match holds one: the cheap check before `pattern`."""
    pattern: re.Pattern[str]
    guarded: bool = False
    """Whether the value must also pass `innocent`: the name accuses it, not its shape."""
    strict: bool = False
    """Whether a guarded value must look like a key: the name alone proves too little."""
    heads: tuple[str, ...] = ()
    """Literals in lower case with one of which every match begins; empty where none is known."""
    skip: int = 0
    """How much of a head stands before the match, where the pattern only looks back at it."""

    def applies(self, lowered: str) -> bool:
        """Say whether the text, in lower case, holds one of the clues."""
        for clue in self.clues:  # noqa: SIM110 - `any` takes twice as long here
            if clue in lowered:
                return True
        return False

    def matches(self, text: str, lowered: str) -> Iterator[re.Match[str]]:
        """Find what `pattern.finditer` finds, looking only where one of the heads stands.

        Args:
            text: what to look through.
            lowered: the same in lower case, character for character.
        """
        if not self.heads or len(lowered) != len(text):
            yield from self.pattern.finditer(text)
            return
        done = 0
        for place in sorted({one for head in self.heads for one in places(lowered, head)}):
            begin = place + self.skip
            match = self.pattern.match(text, begin) if begin >= done else None
            if match is not None:
                yield match
                done = match.end()


def places(text: str, head: str) -> Iterator[int]:
    """Find every place where `head` begins."""
    place = text.find(head)
    while place >= 0:
        yield place
        place = text.find(head, place + 1)


def _word(literal: str) -> str:
    """Match a literal where a word may begin: also after an escape or a terminal's colour."""
    before = (r"(?<![A-Za-z0-9_\\-]", r"(?<=[^A-Za-z0-9\\][_-]", r"(?<=\\[nrtbf]")
    colours = (r"(?<=\[[0-9]m", r"(?<=\[[0-9]{2}m", r"(?<=;[0-9]{2}m")
    return f"{literal}(?:{'|'.join(f'{look}{literal})' for look in (*before, *colours))})"


def _rule(kind: str, clues: str, pattern: str, name: str = "") -> RedactionRule:
    body = pattern if "(?P<secret>" in pattern else f"(?P<secret>{pattern})"
    return RedactionRule(name or kind, kind, tuple(clues.split(" ")), re.compile(body))


PROVIDER_RULES = (
    _rule(
        "private-key",
        "private",
        rf"-----BEGIN {_PRIVATE}{_ARMOUR}{_BODY}*"
        rf"(?:{_GAP}{{0,20}}[A-Za-z0-9/=+]{{0,15}}"
        rf"(?:{_GAP}{{0,20}}=[A-Za-z0-9/+]{{4}})?{_GAP}{{0,20}}-----END {_PRIVATE}"
        rf"|{_GAP}{{0,20}}[A-Za-z0-9/=+]{{1,15}}$)?",
    ),
    _rule(
        "private-key",
        "private",
        rf"(?P<secret>(?<![A-Za-z0-9/=+])(?:[A-Za-z0-9/=+]{{40,100}}{_GAP}{{1,20}}){{1,200}}"
        rf"[A-Za-z0-9/=+]{{0,100}}){_GAP}{{0,20}}-----END {_PRIVATE}",
        "private-key-tail",
    ),
    _rule("anthropic", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _rule(
        "openai",
        "sk-",
        rf"{_word('sk-')}(?:proj|svcacct|admin|service|None|or-v1)-[A-Za-z0-9_-]{{20,}}"
        rf"|{_word('sk-')}[A-Za-z0-9]{{20,}}|sk-[A-Za-z0-9]{{20}}T3BlbkFJ[A-Za-z0-9]{{20}}",
    ),
    _rule("google", "aiza", r"AIza[A-Za-z0-9_-]{35}"),
    _rule("google", "ya29. gocspx-", r"ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,40}", "google-oauth"),
    _rule(
        "aws-key-id",
        "akia asia abia acca",
        r"(?<![A-Z0-9])(?:A[KS]IA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])",
    ),
    _rule(
        "aws-secret",
        "akia asia",
        r"A[KS]IA[A-Z0-9]{16}(?:[\s,;:|\"'\\]|\\n){1,8}"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "aws-secret-beside-id",
    ),
    _rule(
        "aws-secret",
        "aws",
        r"(?i:aws)[^\n]{0,24}?(?i:secret|sk)[^\n]{0,24}?[\s=:\"'\\,>]"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    _rule("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _rule("github", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}", "github-fine"),
    _rule("gitlab", "gl", r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-[A-Za-z0-9_-]{20,300}"),
    _rule("huggingface", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    _rule("slack", "xox xapp-", r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{20,}"),
    _rule(
        "slack",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/]{20,})",
        "slack-hook",
    ),
    _rule("stripe", "k_live_ k_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _rule("stripe", "whsec_", r"whsec_[A-Za-z0-9/+]{24,}", "stripe-hook"),
    _rule("npm", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _rule("pypi", "pypi-", r"pypi-[A-Za-z0-9_-]{50,}"),
    _rule("sendgrid", "sg.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    _rule("twilio", "sk ac", r"(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])"),
    _rule("telegram", ":aa", r"(?<![0-9])[0-9]{8,10}:AA[\w-]{33}(?![\w-])"),
    _rule("groq", "gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    _rule("xai", "xai-", r"xai-[A-Za-z0-9]{40,}"),
    _rule("replicate", "r8_", r"r8_[A-Za-z0-9]{37}"),
    _rule(
        "wandb",
        "wandb",
        r"(?i:wandb)(?![^\n]{0,32}(?:commit|sha|rev))[^\n]{0,32}?"
        r"(?<![0-9a-f])(?P<secret>[0-9a-f]{40})(?![0-9a-f])",
    ),
    _rule("wandb", "wandb_v1_", r"wandb_v1_[\w-]{30,}", "wandb-v1"),
    _rule("databricks", "dapi", r"dapi[0-9a-f]{32}(?:-[0-9])?"),
    _rule(
        "azure",
        "accountkey sharedaccesskey",
        r"(?i:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9/+]{40,100}={0,2})",
    ),
    _rule("azure", "8q~", r"(?<![\w~.-])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~.-])", "azure-client"),
    _rule("azure", "sig=", r"[?&;]sig=(?P<secret>[A-Za-z0-9%/+]{40,100}=?)", "azure-sas"),
    _rule(
        "jwt",
        "eyj",
        rf"{_word('eyJ')}[A-Za-z0-9_-]{{8,}}\.eyJ[A-Za-z0-9_-]{{8,}}(?:\.[A-Za-z0-9_-]+)?",
    ),
    _rule("digitalocean", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _rule("shopify", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _rule("linear", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}"),
    _rule("langsmith", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _rule("vault", "hvs.", _word(r"hvs\.") + r"[\w-]{24,}"),
    _rule("perplexity", "pplx-", r"pplx-[A-Za-z0-9]{40,}"),
    _rule("tavily", "tvly-", r"tvly-[A-Za-z0-9-]{24,}"),
    _rule("docker", "dckr_", r"dckr_[op]at_[\w-]{20,}"),
    _rule("notion", "ntn_", rf"{_word('ntn_')}[A-Za-z0-9]{{40,}}"),
    _rule("atlassian", "atatt3", r"ATATT3[\w=-]{50,}"),
    _rule("age", "age-secret-key-1", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    _rule(
        "discord",
        ".",
        r"(?<![\w.-])[MNO][A-Za-z0-9]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}(?![\w.-])",
    ),
)
