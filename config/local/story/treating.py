"""Chapter 6: ten weeks pass; sessions happen, reminders arrive, instalments are charged."""

from datetime import timedelta

from config.local.story.asking import Employee
from config.local.story.paying import authenticate_payments, replace_declined_cards
from config.local.story.stage import Stage

WEEKS = 10
STEP = timedelta(hours=12)


def let_ten_weeks_pass(stage: Stage, accepted: list[Employee]) -> None:
    """Move every clock half a day at a time, and let each half day's work be done."""
    stage.tell.chapter(f"6. {WEEKS} weeks pass")
    steps = int(timedelta(weeks=WEEKS) / STEP)
    replaced = authenticated = 0
    with stage.tell.progress("half days", steps) as bar:
        for step in range(steps):
            stage.forward(STEP)
            stage.settle()
            replaced += replace_declined_cards(stage, accepted)
            authenticated += authenticate_payments(stage, accepted)
            bar.at(step + 1, f"day {step // 2 + 1}")
    stage.settle("the last work is done")
    stage.tell.say(f"{replaced} declined card was replaced, {authenticated} payments confirmed with the bank.")
