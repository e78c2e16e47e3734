"""A transaction in one message: all of it or nothing, answered in pieces while something else is done."""

import select

import pytest
from django.db import DataError, connection

from tests.factories.benefits import OPERATOR
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.message import Answers, Statement, in_one_message

pytestmark = pytest.mark.django_db(transaction=True)
ROLE: Statement = ("SELECT current_setting('role')", {})
BROKEN: Statement = ("SELECT 1 / %(zero)s", {"zero": 0})


def readable(answers: Answers) -> bool:
    return bool(select.select([answers], [], [], 10)[0])


def test_each_statement_answers_its_rows_as_they_are_typed() -> None:
    several: Statement = (
        "SELECT n, n::text, n = 2, convert_to('%% ' || n, 'UTF8') FROM generate_series(1, 2) AS n",
        {},
    )
    none = ("SELECT 1 WHERE %(wanted)s = 'it''s'", {"wanted": "it's not"})
    rows = [(1, "1", False, b"% 1"), (2, "2", True, b"% 2")]
    assert in_one_message(WORKER, ROLE, several, none) == [[("act_worker",)], rows, []]
    with connection.cursor() as cursor:
        cursor.execute(*ROLE)
        assert cursor.fetchone() == ("none",), "it holds for one transaction"


def test_inside_a_transaction_it_is_part_of_it() -> None:
    with acting_as(OPERATOR):
        assert in_one_message(WORKER, ROLE) == [[("act_worker",)]]
        with connection.cursor() as cursor:
            cursor.execute(*ROLE)
            assert cursor.fetchone() == ("act_operator",)


@pytest.mark.parametrize("is_polled", [False, True])
def test_what_one_statement_raises_undoes_the_others_and_the_next_message_works(is_polled: bool) -> None:
    def meanwhile(answers: Answers) -> None:
        while is_polled and not answers.have_come:
            assert readable(answers)
            answers.take()

    sequence: Statement = ("SELECT set_config('app.user', 'left behind', false)", {})
    with pytest.raises(DataError):
        in_one_message(WORKER, sequence, BROKEN, ROLE, meanwhile=meanwhile)
    assert in_one_message(WORKER, ("SELECT coalesce(current_setting('app.user', true), '')", {})) == [[("",)]]


def test_what_is_raised_meanwhile_leaves_no_answer_to_the_next() -> None:
    def fail(answers: Answers) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        in_one_message(WORKER, ROLE, meanwhile=fail)
    assert in_one_message(WORKER, ("SELECT 1", {})) == [[(1,)]]


def test_it_has_come_when_all_is_committed_and_not_with_the_first_rows() -> None:
    """Rows are sent before the COMMIT is on disk: who waits for that may do something else."""
    looks: list[bool] = []

    def meanwhile(answers: Answers) -> None:
        while not answers.have_come:
            assert readable(answers)
            answers.take()
            looks.append(answers.have_come)

    rows: Statement = ("SELECT repeat('a', 1000) FROM generate_series(1, 100)", {})
    slow: Statement = ("SELECT pg_sleep(0.2)", {})
    assert len(in_one_message(WORKER, rows, slow, meanwhile=meanwhile)[0]) == 100
    assert len(looks) > 1


def test_a_message_that_fills_every_buffer_is_answered_while_something_else_is_done() -> None:
    """Its end stayed with us, and who went on with other things until the answer went on for ever."""
    answered: list[bool] = []
    long = ("SELECT length(%(text)s)", {"text": "a" * 40_000_000})
    rows = in_one_message(WORKER, long, meanwhile=lambda answers: answered.append(readable(answers)))
    assert (answered, rows) == ([True], [[(40_000_000,)]])
