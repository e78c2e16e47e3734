"""A decision in sentences, to the operator, with every number and every name."""

from collections.abc import Mapping, Sequence

from referrals.clinics.rules.geography import KM_A_MILE
from referrals.routing.rules.candidates import Candidate, Wish, match
from referrals.routing.rules.policy import Policy
from referrals.routing.rules.scoring import Ranking, Scored

_PARTS = {
    "en": {
        "distance": "distance",
        "capacity": "free places",
        "fit": "fit to the wishes",
        "price": "price to the member",
        "response": "answers to earlier offers",
        "waiting": "waiting time",
        "experience": "sessions facilitated",
        "fairness": "time since its last offer",
    },
    "es": {
        "distance": "distancia",
        "capacity": "plazas libres",
        "fit": "ajuste a lo que se desea",
        "price": "precio para el miembro",
        "response": "respuestas a ofertas anteriores",
        "waiting": "tiempo de espera",
        "experience": "sesiones realizadas",
        "fairness": "tiempo desde su última oferta",
    },
}
FILTERS = {
    "en": {
        "asked_before": "were asked before",
        "not_active": "are suspended or archived",
        "credentials": "have a licence or cover that lapsed",
        "no_capacity": "have no place free",
        "state_not_served": "do not serve the member's state",
        "too_far": "are too far away",
        "route": "offer none of the routes",
        "protocol": "do not offer the protocol",
        "format": "do not offer the format",
        "language": "do not speak the language",
        "price": "cost more than the member's ceiling",
        "therapist_gender": "have no therapist of the gender wished",
        "times": "are not open at the times wished",
    },
    "es": {
        "asked_before": "ya fueron preguntadas",
        "not_active": "están suspendidas o archivadas",
        "credentials": "tienen una licencia o un seguro vencidos",
        "no_capacity": "no tienen plazas libres",
        "state_not_served": "no atienden en el estado del miembro",
        "too_far": "están demasiado lejos",
        "route": "no ofrecen ninguna de las vías",
        "protocol": "no ofrecen el protocolo",
        "format": "no ofrecen el formato",
        "language": "no hablan el idioma",
        "price": "cuestan más que el tope del miembro",
        "therapist_gender": "no tienen terapeuta del género deseado",
        "times": "no abren a las horas deseadas",
    },
}
_WISHES = {
    "en": {"therapist_gender": "therapist’s gender"},  # the others as they are
    "es": {
        "language": "el idioma",
        "price": "el precio",
        "therapist_gender": "el género del terapeuta",
        "times": "las horas",
        "route": "la vía",
        "protocol": "el protocolo",
        "format": "el formato",
    },
}
_WAYS = {
    "en": {
        "iv": "by infusion",
        "im": "by injection",
        "sublingual": "under the tongue",
        "nasal": "as nasal spray",
        "concurrent": "therapy during or right after dosing",
        "separated": "therapy a day or two after dosing",
        "sequential": "infusions, then therapy",
        "individual": "one to one",
        "group": "in a group",
    },
    "es": {
        "iv": "por infusión",
        "im": "por inyección",
        "sublingual": "bajo la lengua",
        "nasal": "en aerosol nasal",
        "concurrent": "terapia durante la dosis o justo después",
        "separated": "terapia uno o dos días después de la dosis",
        "sequential": "infusiones y luego terapia",
        "individual": "individual",
        "group": "en grupo",
    },
}
_SAID = {
    "en": {
        "policy": "Policy {version}: {count} eligible within {miles:.3g} miles{widened}{dropped}.",
        "widened": ", widened {times} times",
        "dropped": ", without asking for the {wishes} wished",
        "and": " and the ",
        "part": "{part} {points:.3g} of {weight:g}",
        "own": " (the member's own choice)",
        "points": "{name}{own}, {miles:.1f} miles away, {what}: {total:.4g} points ({parts}).",
        "as_many": "Next is {name}, with as many points: it had an offer more recently, or the lot decided.",
        "fewer": "Next is {name} with {total:.4g} points; it loses most by {part} ({lost:.3g}).",
        "several": "No clinic near fails one filter alone: several wishes would have to change, or a clinic be found.",
        "only": "Only this keeps {count} of them: they {filter}.",
    },
    "es": {
        "policy": "Política {version}: {count} posibles a menos de {miles:.3g} millas{widened}{dropped}.",
        "widened": ", ampliado {times} veces",
        "dropped": ", sin exigir lo que se deseaba: {wishes}",
        "and": " y ",
        "part": "{part}: {points:.3g} de {weight:g}",
        "own": " (elegida por el miembro)",
        "points": "{name}{own}, a {miles:.1f} millas, {what}: {total:.4g} puntos ({parts}).",
        "as_many": "Sigue {name}, con los mismos puntos: recibió una oferta más tarde, o decidió el azar.",
        "fewer": "Sigue {name} con {total:.4g} puntos; donde más pierde es en {part} ({lost:.3g}).",
        "several": "Cerca ninguna falla en un solo filtro: habría que cambiar varios deseos, o encontrar otra clínica.",
        "only": "Solo esto impide a {count} de ellas: {filter}.",
    },
}


def for_operator(
    candidates: Sequence[Candidate],
    wish: Wish,
    ranking: Ranking,
    policy: Policy,
    chosen: Sequence[str],
    names: Mapping[str, str],
    language: str = "en",
) -> list[str]:
    """Say how the eligible compare, with points; `names` are the clinics' by id, `language` is "en" or "es"."""
    by_id = {candidate.clinic_id: candidate for candidate in candidates}
    best = [one for one in ranking.eligible if one.clinic_id in chosen]
    rest = [one for one in ranking.eligible if one.clinic_id not in chosen]
    said = [_within(wish, ranking, policy, language)]
    said += [_points(one, by_id[one.clinic_id], wish, policy, names, language) for one in best]
    if best and rest:
        said.append(_difference(best[-1], rest[0], names, language))
    return said


def what_would_help(help: Mapping[str, int], language: str = "en") -> list[str]:
    """Say what stands in the way of clinics that fail one filter alone: {filter: how many}, most first."""
    words, filters = _SAID[language], FILTERS[language]
    ordered = sorted((-count, name) for name, count in help.items() if count)
    return [words["only"].format(count=-count, filter=filters[name]) for count, name in ordered] or [words["several"]]


def _within(wish: Wish, ranking: Ranking, policy: Policy, language: str) -> str:
    words = _SAID[language]
    wishes = words["and"].join(_WISHES[language].get(name, name) for name in wish.dropped)
    return words["policy"].format(
        version=policy.version,
        count=len(ranking.eligible),
        miles=wish.max_distance_km / KM_A_MILE,
        widened=words["widened"].format(times=wish.widened) if wish.widened else "",
        dropped=words["dropped"].format(wishes=wishes) if wish.dropped else "",
    )


def _points(
    one: Scored, candidate: Candidate, wish: Wish, policy: Policy, names: Mapping[str, str], language: str
) -> str:
    words, asked = _SAID[language], match(candidate, wish)
    parts = (
        words["part"].format(part=_PARTS[language][name], points=points, weight=policy.weights[name])
        for name, points in one.parts.items()
    )
    return words["points"].format(
        name=names.get(one.clinic_id, one.clinic_id),
        own=words["own"] if one.clinic_id in wish.picks else "",
        miles=candidate.distance_km / KM_A_MILE,
        what=", ".join(_WAYS[language][code] for code in (asked.route, asked.protocol, asked.format)),
        total=one.total,
        parts=", ".join(parts),
    )


def _difference(last: Scored, following: Scored, names: Mapping[str, str], language: str) -> str:
    lost = {name: round(last.parts[name] - points, 6) for name, points in following.parts.items()}
    most = max(lost, key=lambda name: lost[name])
    return _SAID[language]["as_many" if lost[most] <= 0 else "fewer"].format(
        name=names.get(following.clinic_id, following.clinic_id),
        total=following.total,
        part=_PARTS[language][most],
        lost=lost[most],
    )
