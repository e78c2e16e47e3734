"""A decision in sentences, to the member, without any clinic's name."""

from collections.abc import Mapping, Sequence

from referrals.clinics.rules.geography import KM_A_MILE
from referrals.routing.rules.candidates import Candidate, Wish
from referrals.routing.rules.policy import Policy
from referrals.routing.rules.scoring import Ranking, Scored

_SAID = {
    "en": {
        "looked": "We compared {count} clinics within {miles} of you that take new people and have what you asked for.",
        "one": "We found one clinic within {miles} of you that takes new people and offers what you asked for.",
        "none": "No clinic within {miles} of you takes new people and offers what you asked for.",
        "picked": "We asked the clinic that you chose.",
        "asked": "We asked one about {miles} away.",
        "spoke": "What spoke for it: {reasons}.",
        "several": "We asked {count} at once, so that you hear sooner; the first to say yes takes you.",
        "widened": "Nobody was left nearer, or exactly as you asked, so we looked further.",
        "and": " and ",
        "mile": "{count} mile",
        "miles": "{count} miles",
    },
    "es": {
        "looked": "Comparamos {count} clínicas a menos de {miles} que aceptan personas nuevas y ofrecen lo que pidió.",
        "one": "Encontramos una clínica a menos de {miles} que acepta personas nuevas y ofrece lo que pidió.",
        "none": "Ninguna clínica a menos de {miles} acepta personas nuevas y ofrece lo que pidió.",
        "picked": "Preguntamos a la clínica que usted eligió.",
        "asked": "Preguntamos a una que está a unas {miles}.",
        "spoke": "A su favor: {reasons}.",
        "several": "Preguntamos a {count} a la vez para responderle antes; le atiende la primera que acepte.",
        "widened": "No quedaba ninguna más cerca, o tal como la pidió, así que buscamos más lejos.",
        "and": " y ",
        "mile": "{count} milla",
        "miles": "{count} millas",
    },
}
_REASONS = {
    "en": {
        "distance": "it is near",
        "capacity": "it has places free",
        "fit": "it fits your wishes",
        "price": "it costs you less",
        "response": "it usually says yes",
        "waiting": "it has time soon",
        "experience": "it is experienced",
    },
    "es": {
        "distance": "está cerca",
        "capacity": "tiene plazas libres",
        "fit": "se ajusta a lo que desea",
        "price": "le cuesta menos",
        "response": "suele aceptar",
        "waiting": "tiene citas pronto",
        "experience": "tiene experiencia",
    },
}
TOLD = 2  # reasons are told to a member
GOOD = 0.6  # of a part's weight, from where it speaks for a clinic


def for_member(
    candidates: Sequence[Candidate], wish: Wish, ranking: Ranking, policy: Policy, chosen: Sequence[str], language: str
) -> list[str]:
    """Say why a clinic was asked, in the member's language; which one it is stays unsaid until it accepts."""
    words = _SAID.get(language, _SAID["en"])
    counted = "one" if len(ranking.eligible) == 1 else "looked" if ranking.eligible else "none"
    said = [words["widened"]] if wish.widened else []
    said.append(words[counted].format(count=len(ranking.eligible), miles=_miles(wish.max_distance_km, words)))
    if chosen and chosen[0] in wish.picks:
        said.append(words["picked"])
    elif chosen:
        away = next(one.distance_km for one in candidates if one.clinic_id == chosen[0])
        said.append(words["asked"].format(miles=_miles(away, words)))
        score = next(one for one in ranking.eligible if one.clinic_id == chosen[0])
        said += _spoke_for_it(score, policy, language)
    if len(chosen) > 1:
        said.append(words["several"].format(count=len(chosen)))
    return said


def _miles(km: float, words: Mapping[str, str]) -> str:
    count = max(1, round(km / KM_A_MILE))
    return words["mile" if count == 1 else "miles"].format(count=f"{count:,}")


def _spoke_for_it(score: Scored, policy: Policy, language: str) -> list[str]:
    """What a member is told of why; of a clinic that was only the best of few, nothing."""
    words, reasons = _SAID.get(language, _SAID["en"]), _REASONS.get(language, _REASONS["en"])
    good = [reasons[name] for name in _best_parts(score, policy) if name in reasons][:TOLD]
    return [words["spoke"].format(reasons=words["and"].join(good))] if good else []


def _best_parts(one: Scored, policy: Policy) -> list[str]:
    shares = {name: points / policy.weights[name] for name, points in one.parts.items() if policy.weights[name]}
    return sorted((name for name, share in shares.items() if share >= GOOD), key=lambda name: -shares[name])
