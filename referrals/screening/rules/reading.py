"""Questionnaires and consent texts from their files; raises BadDataFile with every fault and its line."""

from collections import Counter
from datetime import date

from yaml import Node

from referrals.screening.rules.consents import ConsentKind, Consents, ConsentText
from referrals.screening.rules.data_files import LANGUAGES, DataFile
from referrals.screening.rules.questionnaires import (
    ANSWERS,
    Answer,
    Band,
    CrisisHelp,
    Item,
    Kind,
    Questionnaire,
    Recall,
    Result,
    Section,
)

_LONG_AGO = date(1970, 1, 1)
_FINDINGS = (Result.CLINICIAN_REVIEW, Result.URGENT)


def read_questionnaire(name: str, text: str) -> Questionnaire:
    """Return the version in a file called `name` (its id, and ".yaml")."""
    file = DataFile(name, text)
    needs = ("id", "effective_on", "title", "crisis_help", "sections")
    fields = file.fields(file.root, needs=needs, may=("recalled",))
    identity = file.value(fields.get("id"), str, "")
    if f"{identity}.yaml" != name and "id" in fields:
        file.refuse(fields["id"], f"the file of this version is called {identity}.yaml: rename one of them")
    sections = tuple(_section(file, node) for node in file.items(fields.get("sections")))
    _refuse_twins(file, fields.get("sections"), sections)
    questionnaire = Questionnaire(
        id=identity,
        effective_on=file.value(fields.get("effective_on"), date, _LONG_AGO),
        title=file.text_pair(fields.get("title")),
        crisis_help=_crisis_help(file, fields.get("crisis_help")),
        sections=sections,
        recall=_recall(file, fields.get("recalled")),
    )
    file.finish()
    return questionnaire


def read_consents(name: str, text: str) -> Consents:
    """Return the texts that members agree to; the last of a kind is in force."""
    file = DataFile(name, text)
    fields = file.fields(file.root, needs=("redisclosure_notice", "consents"))
    notice = _sourced(file, fields.get("redisclosure_notice"))
    texts = [_consent(file, node) for node in file.items(fields.get("consents"))]
    twins = [key for key, count in Counter((text.kind, text.version) for text in texts).items() if count > 1]
    for kind, version in twins:
        file.refuse(fields["consents"], f"{kind} {version} is there twice: a new text needs a new version")
    for kind in ConsentKind:
        if kind not in {text.kind for text in texts}:
            file.refuse(file.root, f"there is no consent of the kind {kind}: add one")
    file.finish()
    return Consents(texts=tuple(texts), redisclosure_notice=notice)


def _consent(file: DataFile, node: Node) -> ConsentText:
    fields = file.fields(node, needs=("kind", "version", "days", "source", *LANGUAGES))
    days = file.value(fields.get("days"), int, 1)
    if days < 1:
        file.refuse(fields["days"], "a consent holds for one day at least")
    return ConsentText(
        kind=ConsentKind(file.choice(fields.get("kind"), list(ConsentKind), ConsentKind.SCREENING)),
        version=file.value(fields.get("version"), str, ""),
        days=days,
        text=file.texts(fields),
        source=file.value(fields.get("source"), str, ""),
    )


def _sourced(file: DataFile, node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    fields = file.fields(node, needs=("source", *LANGUAGES))
    file.value(fields.get("source"), str, "")
    return file.texts(fields)


def _crisis_help(file: DataFile, node: Node | None) -> CrisisHelp:
    numbers = ("call", "text", "emergency")
    fields = file.fields(node, needs=("source", *numbers, *LANGUAGES)) if node is not None else {}
    file.value(fields.get("source"), str, "")
    said = {name: file.value(fields.get(name), str, "") for name in numbers}
    return CrisisHelp(**said, sentences=file.texts(fields))


def _recall(file: DataFile, node: Node | None) -> Recall | None:
    if node is None:
        return None
    fields = file.fields(node, needs=("on", *LANGUAGES))
    return Recall(on=file.value(fields.get("on"), date, _LONG_AGO), why=file.texts(fields))


def _section(file: DataFile, node: Node) -> Section:
    may = ("citation", "intro", "labels", "bands")
    fields = file.fields(node, needs=("id", "title", "required", "source", "items"), may=may)
    identity = file.value(fields.get("id"), str, "")
    is_required = file.value(fields.get("required"), bool, False)
    items = tuple(_item(file, one, identity, is_required) for one in file.items(fields.get("items")))
    labels = tuple(file.text_pair(one) for one in file.items(fields.get("labels")))
    if any(item.kind == Kind.SCALE for item in items) and len(labels) != len(ANSWERS[Kind.SCALE]):
        file.refuse(node, f"a scale needs {len(ANSWERS[Kind.SCALE])} labels, from the least to the most")
    return Section(
        id=identity,
        title=file.text_pair(fields.get("title")),
        is_required=is_required,
        source=file.value(fields.get("source"), str, ""),
        items=items,
        citation=file.value(fields.get("citation"), str, "") if "citation" in fields else "",
        intro=file.text_pair(fields["intro"]) if "intro" in fields else None,
        labels=labels,
        bands=_bands(file, fields.get("bands"), most=len(items) * max(ANSWERS[Kind.SCALE])),
    )


def _bands(file: DataFile, node: Node | None, *, most: int) -> tuple[Band, ...]:
    bands: list[Band] = []
    for one in file.items(node):
        fields = file.fields(one, needs=("from", "name"))
        band = Band(starts_at=file.value(fields.get("from"), int, 0), name=file.value(fields.get("name"), str, ""))
        lowest = bands[-1].starts_at + 1 if bands else 0
        if not lowest <= band.starts_at <= most or (not bands and band.starts_at):
            file.refuse(one, f"bands begin at 0 and rise, none above {most}: {band.starts_at} does not fit here")
        bands.append(band)
    return tuple(bands)


def _item(file: DataFile, node: Node, section: str, is_required: bool) -> Item:
    may = ("found_by", "leads_to", "substance_use")
    fields = file.fields(node, needs=("id", "kind", "source", *LANGUAGES), may=may)
    kind = Kind(file.choice(fields.get("kind"), list(Kind), Kind.YES_NO))
    if ("found_by" in fields) != ("leads_to" in fields):
        file.refuse(node, "found_by and leads_to go together: give both or neither")
    leads_to = file.choice(fields.get("leads_to"), _FINDINGS, Result.CLINICIAN_REVIEW)
    return Item(
        id=file.value(fields.get("id"), str, ""),
        kind=kind,
        section=section,
        is_required=is_required,
        text=file.texts(fields),
        source=file.value(fields.get("source"), str, ""),
        found_by=_found_by(file, fields.get("found_by"), kind),
        leads_to=Result(leads_to) if "leads_to" in fields else Result.PROCEED,
        is_substance_use=file.value(fields.get("substance_use"), bool, False),
    )


def _found_by(file: DataFile, node: Node | None, kind: Kind) -> tuple[Answer, ...]:
    fitting = ANSWERS[kind]
    default = fitting[0]
    answers = [file.value(one, type(default), default) for one in file.items(node)]
    if node is not None and any(answer not in fitting for answer in answers):
        file.refuse(node, f"{kind} is answered by {', '.join(map(str, fitting)).lower()}")
    return tuple(answers)


def _refuse_twins(file: DataFile, node: Node | None, sections: tuple[Section, ...]) -> None:
    """Items are known by their ids in the whole questionnaire, sections by theirs."""
    names = [section.id for section in sections] + [item.id for section in sections for item in section.items]
    for name, count in Counter(names).items():
        if count > 1 and node is not None:
            file.refuse(node, f"the id {name!r} is used {count} times: ids of sections and items are unique")
