"""A decision in sentences: to the member without any clinic's name, to the operator with every number."""

from collections.abc import Mapping, Sequence

from referrals.clinics.rules.geography import KM_A_MILE
from referrals.routing.rules.candidates import Candidate, Wish, match
from referrals.routing.rules.policy import Policy
from referrals.routing.rules.scoring import Ranking, Scored

_PARTS = {
    "distance": "distance",
    "capacity": "free places",
    "fit": "fit to the wishes",
    "price": "price to the member",
    "response": "answers to earlier offers",
    "waiting": "waiting time",
    "experience": "sessions facilitated",
    "fairness": "time since its last offer",
}
FILTERS = {
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
}
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


def for_operator(
    candidates: Sequence[Candidate],
    wish: Wish,
    ranking: Ranking,
    policy: Policy,
    chosen: Sequence[str],
    names: Mapping[str, str],
) -> list[str]:
    """Say how the eligible compare, with points; `names` are the clinics' by id."""
    within = f"Policy {policy.version}: {len(ranking.eligible)} eligible within {wish.max_distance_km:g} km"
    given_up = f", widened {wish.widened} times" if wish.widened else ""
    dropped = f", without asking for the {' and the '.join(wish.dropped)} wished" if wish.dropped else ""
    said = [f"{within}{given_up}{dropped}."]
    by_id = {candidate.clinic_id: candidate for candidate in candidates}
    best = [one for one in ranking.eligible if one.clinic_id in chosen]
    said += [_points(one, by_id[one.clinic_id], wish, policy, names) for one in best]
    rest = [one for one in ranking.eligible if one.clinic_id not in chosen]
    if best and rest:
        said.append(_difference(best[-1], rest[0], names))
    return said


def what_would_help(help: Mapping[str, int]) -> list[str]:
    """Say what stands in the way of clinics that fail one filter alone: {filter: how many}, most first."""
    ordered = sorted((-count, name) for name, count in help.items() if count)
    if not ordered:
        return ["No clinic near fails one filter alone: several wishes would have to change, or a clinic be found."]
    return [f"Only this keeps {-count} of them: they {FILTERS[name]}." for count, name in ordered]


def _points(one: Scored, candidate: Candidate, wish: Wish, policy: Policy, names: Mapping[str, str]) -> str:
    asked = match(candidate, wish)
    parts = ", ".join(f"{_PARTS[name]} {points:.3g} of {policy.weights[name]:g}" for name, points in one.parts.items())
    how = " (the member's own choice)" if one.clinic_id in wish.picks else ""
    name = names.get(one.clinic_id, one.clinic_id)
    what = f"{candidate.distance_km:.1f} km away, {asked.route}, {asked.protocol}, {asked.format}"
    return f"{name}{how}, {what}: {one.total:.4g} points ({parts})."


def _difference(last: Scored, following: Scored, names: Mapping[str, str]) -> str:
    lost = {name: round(last.parts[name] - points, 6) for name, points in following.parts.items()}
    most = max(lost, key=lambda name: lost[name])
    name = names.get(following.clinic_id, following.clinic_id)
    if lost[most] <= 0:
        return f"Next is {name}, with as many points: it had an offer more recently, or the lot decided."
    return f"Next is {name} with {following.total:.4g} points; it loses most by {_PARTS[most]} ({lost[most]:.3g})."


def _best_parts(one: Scored, policy: Policy) -> list[str]:
    shares = {name: points / policy.weights[name] for name, points in one.parts.items() if policy.weights[name]}
    return sorted((name for name, share in shares.items() if share >= GOOD), key=lambda name: -shares[name])
