"""A line of a quote as steps: which rule in which version, its figures, and a sentence in English and in Spanish."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.quotes.rules.terms import Terms
from billing.quotes.rules.waterfall import Line
from billing.sliding_scale.rules import Discount
from workers.kernel.money import dollars

ROUNDING = "half-up/1"  # waterfall.py says where
# rule: (English, Spanish); figures in cents are written as dollars
SENTENCES: Mapping[str, tuple[str, str]] = {
    "list_price": (
        "The clinic's list price for this session is {list_cents}.",
        "El precio de lista de la clínica para esta sesión es {list_cents}.",
    ),
    "no_income": (
        "No income is declared, so nothing is taken off. Declaring yours may lower this price.",
        "No hay ingresos declarados, así que no se descuenta nada. Declararlos puede bajar este precio.",
    ),
    "above_the_bands": (
        "The income you declared is above the sliding scale's bands, so nothing is taken off.",
        "Los ingresos que declaró superan los tramos de la escala, así que no se descuenta nada.",
    ),
    "sliding_discount": (
        "Your income takes {scale_cents} off: {percent} % on the sliding scale.",
        "Sus ingresos descuentan {scale_cents}: {percent} % según la escala.",
    ),
    "sliding_discount_nominal": (
        "Your income takes {scale_cents} off: {percent} % on the sliding scale, but up to {nominal_cents} stay.",
        "Sus ingresos descuentan {scale_cents}: {percent} % según la escala, pero quedan hasta {nominal_cents}.",
    ),
    "subsidy_fund": (
        "The fund that pays for discounts had {discount_cents} left for this session.",
        "El fondo que paga los descuentos tenía {discount_cents} para esta sesión.",
    ),
    "deductible": (
        "{deductible_cents} of it counts toward your plan's deductible of {limit_cents} a year, and is yours to pay.",
        "{deductible_cents} cuenta para el deducible anual de {limit_cents} de su plan, y le toca pagarlo a usted.",
    ),
    "not_covered": (
        "Your plan does not cover this kind of treatment, so your employer pays nothing.",
        "Su plan no cubre este tipo de tratamiento, así que su empleador no paga nada.",
    ),
    "employer_percent": (
        "Your employer's plan pays {percent} % of the {rest_cents} that is left: {share_cents}.",
        "El plan de su empleador paga el {percent} % de los {rest_cents} que quedan: {share_cents}.",
    ),
    "employer_fixed": (
        "Your employer's plan pays up to {fixed_cents} for such a session: {share_cents}.",
        "El plan de su empleador paga hasta {fixed_cents} por una sesión así: {share_cents}.",
    ),
    "annual_cap": (
        "The plan's limit of {limit_cents} a year leaves {left_cents}, so it pays {employer_cents}.",
        "El límite anual de {limit_cents} del plan deja {left_cents}, así que paga {employer_cents}.",
    ),
    "lifetime_cap": (
        "The plan's limit of {limit_cents} for all years leaves {left_cents}, so it pays {employer_cents}.",
        "El límite total de {limit_cents} del plan deja {left_cents}, así que paga {employer_cents}.",
    ),
    "kind_cap": (
        "The plan's limit of {limit_cents} a year for such sessions leaves {left_cents}, so it pays {employer_cents}.",
        "El límite anual de {limit_cents} para estas sesiones deja {left_cents}, así que paga {employer_cents}.",
    ),
    "session_cap": (
        "The plan pays for {limit} such sessions a year, and they are used up: it pays {employer_cents}.",
        "El plan paga {limit} sesiones así al año, y ya se usaron: paga {employer_cents}.",
    ),
    "plan_session_cap": (
        "The plan pays for {limit} sessions a year, and they are used up: it pays {employer_cents}.",
        "El plan paga {limit} sesiones al año, y ya se usaron: paga {employer_cents}.",
    ),
    "delivered": (
        "This session has taken place: its price stays as it was agreed.",
        "Esta sesión ya tuvo lugar: su precio queda como se acordó.",
    ),
    "member_share": ("You pay {member_cents}.", "Usted paga {member_cents}."),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step down the waterfall: `cents` is what the rule decides, `figures` all numbers that it names.

    `version` tells which price list, scale and guideline, or plan and year the rule is from.
    """

    rule: str
    version: str
    cents: int
    figures: Mapping[str, int]
    en: str
    es: str


def steps_of(line: Line, discount: Discount, terms: Terms, *, price_version: str, fund_version: str) -> list[Step]:
    """Return a line of a quote step by step, in the order of the waterfall, from the inputs as they were."""
    return [
        _step("list_price", price_version, line.list_cents, list_cents=line.list_cents),
        *_discount_steps(line, discount, fund_version),
        *_plan_steps(line, terms),
        _step("member_share", ROUNDING, line.member_cents, member_cents=line.member_cents),
    ]


def delivered_step(member_cents: int, agreed_in: str) -> Step:
    """What goes before the steps of a line that was carried over from the quote in which it was agreed."""
    return _step("delivered", agreed_in, member_cents)


def _discount_steps(line: Line, discount: Discount, fund_version: str) -> Iterator[Step]:
    version = f"{discount.programme_version}; {discount.guideline_version}".strip("; ")
    if not discount.percent:
        yield _step("above_the_bands" if discount.programme else "no_income", version, 0)
        return
    figures = {"scale_cents": line.scale_cents, "percent": discount.percent, "nominal_cents": discount.nominal_cents}
    yield _step("sliding_discount" + "_nominal" * bool(discount.nominal_cents), version, line.scale_cents, **figures)
    if line.discount_cents < line.scale_cents:
        yield _step("subsidy_fund", fund_version, line.discount_cents, discount_cents=line.discount_cents)


def _plan_steps(line: Line, terms: Terms) -> Iterator[Step]:
    if not terms.route_covered:
        yield _step("not_covered", terms.version, 0)
        return
    if line.deductible_cents:
        figures = {"deductible_cents": line.deductible_cents, "limit_cents": terms.deductible.limit}
        yield _step("deductible", terms.deductible.bucket, line.deductible_cents, **figures)
    yield _share_step(line, terms)
    if line.limited_by:
        cap = next(cap for cap in terms.caps_for(line.kind) if cap.rule == line.limited_by)
        figures = {"limit_cents": cap.limit, "limit": cap.limit, "left_cents": line.left_cents}
        yield _step(cap.rule, cap.bucket, line.employer_cents, **figures, employer_cents=line.employer_cents)


def _share_step(line: Line, terms: Terms) -> Step:
    share = terms.share_for(line.kind)
    rest = line.list_cents - line.discount_cents - line.deductible_cents
    if share.fixed_cents is not None:
        figures = {"fixed_cents": share.fixed_cents, "share_cents": line.share_cents}
        return _step("employer_fixed", terms.version, line.share_cents, **figures)
    figures = {"percent": share.percent or 0, "rest_cents": rest, "share_cents": line.share_cents}
    return _step("employer_percent", terms.version, line.share_cents, **figures)


def _step(rule: str, version: str, cents: int, **figures: int) -> Step:
    english, spanish = SENTENCES[rule]
    told: dict[str, Any] = {name: dollars(n) if name.endswith("_cents") else n for name, n in figures.items()}
    return Step(
        rule=rule,
        version=version,
        cents=cents,
        figures=figures,
        en=english.format(**told),
        es=spanish.format(**told),
    )
