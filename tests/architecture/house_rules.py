"""Rules that the linter cannot see, checked on the syntax tree: an alias, a splat or a string hides nothing.

A source is reduced to facts (what it names, which options and texts it holds), a rule is a pattern over facts.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

RIG = "config/local/"  # starts and watches processes: a rig, not the product

Kind = Literal["name", "option", "text"]


@dataclass(frozen=True)
class Fact:
    """Something a source says in `line`.

    A `name` is dotted and resolved through imports and plain assignments ("datetime.datetime.now"); where what comes
    before the last part is unknown, it begins with a dot (".delay"). An `option` is a keyword argument or the key of a
    literal dict. A `text` is a string that is no docstring, added parts folded, what an f-string fills in left as {}.
    """

    kind: Kind
    text: str
    line: int


@dataclass(frozen=True)
class Rule:
    """`pattern` matches a whole fact of one of `kinds`; paths that begin with one of `exempt` may."""

    why: str
    pattern: str
    kinds: tuple[Kind, ...] = ("name",)
    exempt: tuple[str, ...] = ()

    def is_broken_by(self, fact: Fact) -> bool:
        """Whether a source outside `exempt` may not say this."""
        return fact.kind in self.kinds and re.fullmatch(self.pattern, fact.text, re.DOTALL) is not None


RULES = (
    Rule(
        "the clock is workers/kernel/clock.py",
        r"datetime\.(datetime\.(now|utcnow|today)|date\.today)|django\.utils\.timezone\.(now|localtime|localdate)"
        r"|time\.(time|time_ns|localtime|gmtime|ctime|strftime)|django\.db\.models\.functions(\.datetime)?\.Now",
        exempt=(
            "workers/kernel/clock.py",
            "config/local/story/person.py",
            "config/local/processes.py",
        ),  # a phone, a log
    ),
    Rule("the clock is workers/kernel/clock.py", r"auto_now|auto_now_add", kinds=("option",)),
    Rule("time lives in timers", r"eta|countdown|autoretry_for|retry_backoff", kinds=("option", "text")),
    Rule("time lives in timers", r".*\.retry"),
    Rule("time lives in timers: nobody sleeps", r"time\.sleep|asyncio\.sleep", exempt=(RIG,)),
    Rule(
        "tasks are rung by bells",
        r".*\.(delay|delay_on_commit|apply_async|apply_async_on_commit|send_task|signature|si|s)",
        exempt=("workers/tasks.py", RIG),
    ),
    Rule("tasks are rung by bells", r"delay|apply_async|send_task", kinds=("text",), exempt=("workers/tasks.py", RIG)),
    Rule(
        "NOTIFY serialises commits",
        r"(?i)(.*;)?\s*notify\s+\S+\s*([,;].*)?|.*\bpg_notify\b.*",
        kinds=("text",),
    ),
    Rule("NOTIFY serialises commits", r".*\.(notifies|add_notify_handler)"),
    Rule(
        "no Django signals",
        r"(django\.(db\.models|core|dispatch|contrib\.\w+|test)\.)signals(\..*)?|django\.dispatch.*",
    ),
    Rule("no imports by text", r"importlib\.import_module|__import__|builtins\.(__import__|eval|exec)|eval|exec"),
    Rule(
        "the network has doors, and each refuses inside a transaction (workers/kernel/network.py)",
        r"(httpx|requests|aiohttp|niquests|urllib3|pycurl|urllib\.request|http\.client|socket|smtplib|imaplib|ftplib"
        r"|telnetlib|websockets?|grpc|django\.core\.mail|stripe)(\..*)?",
        exempt=(
            "workers/deliveries/",
            "workers/emails/composing.py",
            "workers/emails/sending.py",
            "workers/emails/smtp.py",
            "billing/stripe/client/",
            "config/settings/engine.py",  # for the numbers of a socket's options
            RIG,
        ),
    ),
)


def broken_rules(source: str, path: str) -> list[str]:
    """Return one line per breach in a source: `path:line: what (why)`."""
    return [
        f"{path}:{fact.line}: {fact.text} ({rule.why})"
        for fact in facts(source)
        for rule in RULES
        if rule.is_broken_by(fact) and not path.startswith(rule.exempt)
    ]


def facts(source: str) -> Iterator[Fact]:
    """Yield everything that a source says."""
    tree = ast.parse(source)
    known = _imported(tree)
    _follow_assignments(tree, known)
    docstrings = set(_docstrings(tree))
    for node in ast.walk(tree):
        for kind, text in (*_names(node, known), *_options(node)):
            yield Fact(kind, text, getattr(node, "lineno", 0))
        if isinstance(node, ast.expr) and node not in docstrings and (said := _folded(node)) is not None:
            yield Fact("text", said, node.lineno)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local names and what they stand for."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                top = one.name.partition(".")[0]
                known[one.asname or top] = one.name if one.asname else top
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                known[one.asname or one.name] = f"{node.module}.{one.name}"
    return known


def _follow_assignments(tree: ast.Module, known: dict[str, str]) -> None:
    """`moment = datetime` makes a second name for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
            meant = _resolved(node.value, known)
            for target in node.targets:
                if isinstance(target, ast.Name) and not meant.startswith("."):
                    known.setdefault(target.id, meant)


def _resolved(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_resolved(node.value, known)}.{node.attr}"
    return ""


def _names(node: ast.AST, known: dict[str, str]) -> Iterator[tuple[Kind, str]]:
    if isinstance(node, ast.Import):
        yield from (("name", one.name) for one in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (("name", f"{node.module}.{one.name}") for one in node.names)
    elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
        yield "name", _resolved(node, known)
    elif isinstance(node, ast.Call) and _resolved(node.func, known) in ("getattr", "operator.attrgetter"):
        yield from (("name", f".{text}") for argument in node.args if (text := _folded(argument)))


def _options(node: ast.AST) -> Iterator[tuple[Kind, str]]:
    if isinstance(node, ast.keyword) and node.arg:
        yield "option", node.arg
    elif isinstance(node, ast.Dict):
        yield from (("option", text) for key in node.keys if key is not None and (text := _folded(key)))


def _folded(node: ast.expr) -> str | None:
    """The text of a string expression, None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_folded(part) or "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _folded(node.left), _folded(node.right)
        return None if left is None and right is None else (left or "{}") + (right or "{}")
    return None


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Strings that stand alone as statements: docstrings, of attributes, too."""
    return (
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
