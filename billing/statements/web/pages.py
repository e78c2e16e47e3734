"""The page of a member's statement, and its PDF."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from billing.payment_plans.web import MoneyPage
from billing.statements.queries import statement_of
from billing.statements.rules import WORDS, Entry, Price, Statement, standing_of, sums_of_year
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.money import dollars
from workers.kernel.web import language


class StatementPage(MoneyPage):
    """What the member agreed to, paid, got back and still owes, in one year of their own calendar."""

    template_name = "billing/statement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The year of the address, or the present one. Raises NotFound for one that is none."""
        statement = _asked(self.request)
        words = WORDS[language()]
        return super().get_context_data(
            words=words,
            statement=statement,
            prices=[_price(each) for each in statement.prices],
            entries=[_entry(each, words) for each in statement.entries],
            sums=_table(sums_of_year(statement), words),
            standing=_table(standing_of(statement), words),
            years=[year for year in (statement.year - 1, statement.year + 1) if year <= clock.now().year],
            **kwargs,
        )


class StatementFile(MoneyPage):
    """The same as PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send it to be kept. Raises NotFound for a year that is none."""
        from billing.statements.web import pdf  # noqa: PLC0415 - reportlab is heavy, and few files are asked for

        statement = _asked(request)
        words = WORDS[language()]
        answer = HttpResponse(pdf.render(statement, words, language()), content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{words["file"]}-{statement.year}.pdf"'
        return answer


def _asked(request: HttpRequest) -> Statement:
    user: Any = request.user
    now = clock.now()
    wanted = request.GET.get("year", str(now.year))
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) == 4):
        raise NotFound("There is no such year.")
    return statement_of(user.member_id, year=int(wanted), now=now)


def _entry(entry: Entry, words: dict[str, str]) -> dict[str, Any]:
    return {"on": entry.on, "what": words[entry.kind], "method": entry.method, "amount": dollars(entry.cents)}


def _table(rows: list[tuple[str, int]], words: dict[str, str]) -> list[tuple[str, str]]:
    return [(words[name], dollars(cents)) for name, cents in rows]


def _price(price: Price) -> dict[str, Any]:
    return {"on": price.agreed_on} | {
        name: dollars(getattr(price, f"{name}_cents")) for name in ("list", "discount", "employer", "own")
    }
