"""The states of a request, drawn in models.py, and what a member is told about each."""

from datetime import datetime, timedelta
from enum import StrEnum


class RequestStatus(StrEnum):
    """Where a request stands."""

    REVIEW = "review"
    OPEN = "open"
    OFFERED = "offered"
    UNPLACED = "unplaced"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


_S = RequestStatus
PENDING = (_S.REVIEW, _S.OPEN, _S.OFFERED, _S.UNPLACED)  # a member has at most one of these
_NEXT = {
    _S.REVIEW: {_S.OPEN, _S.WITHDRAWN},
    _S.OPEN: {_S.OFFERED, _S.UNPLACED, _S.WITHDRAWN},
    _S.OFFERED: {_S.OPEN, _S.ACCEPTED, _S.WITHDRAWN},
    _S.UNPLACED: {_S.OPEN, _S.WITHDRAWN},
    _S.ACCEPTED: {_S.WITHDRAWN},
    _S.WITHDRAWN: set(),
}
PERSON_ANSWERS_WITHIN = timedelta(hours=24)  # our own promise for what waits on the operator's list

_WHAT_NEXT = {
    "en": {
        _S.REVIEW: "One of our team will call you before we ask a clinic.",
        _S.OPEN: "We are choosing the clinic to ask.",
        _S.OFFERED: "A clinic was asked and has until the time shown to answer; then we ask the next one.",
        _S.UNPLACED: "No clinic could take you yet. One of our team looks for a way and will contact you.",
        _S.ACCEPTED: "A clinic accepted. It will agree with you on the times of your sessions.",
        _S.WITHDRAWN: "You took this request back. You may ask again at any time.",
    },
    "es": {
        _S.REVIEW: "Una persona de nuestro equipo le llamará antes de que preguntemos a una clínica.",
        _S.OPEN: "Estamos eligiendo la clínica a la que preguntar.",
        _S.OFFERED: "Hemos preguntado a una clínica, que tiene hasta la hora indicada; después pasamos a otra.",
        _S.UNPLACED: "Ninguna clínica puede atenderle todavía. Nuestro equipo busca una solución y le avisará.",
        _S.ACCEPTED: "Una clínica aceptó. Acordará con usted las horas de sus sesiones.",
        _S.WITHDRAWN: "Usted retiró esta solicitud. Puede volver a pedirla cuando quiera.",
    },
}


def can_move(status: str, to: str) -> bool:
    """Whether a request may go from one state to another."""
    return RequestStatus(to) in _NEXT[RequestStatus(status)]


def due_by(status: str, *, now: datetime, respond_by: datetime | None) -> datetime | None:
    """By when something happens next: the clinic's answer, a person's call, or nothing that has a time."""
    if status in (_S.REVIEW, _S.UNPLACED):
        return now + PERSON_ANSWERS_WITHIN
    return respond_by


def what_next(status: str, language: str) -> str:
    """Say in the member's language what happens next; English where there is no other."""
    return _WHAT_NEXT.get(language, _WHAT_NEXT["en"])[RequestStatus(status)]
