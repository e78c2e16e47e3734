"""Chapter 6: ten weeks pass; sessions happen, reminders arrive, instalments are charged."""

from datetime import timedelta

from config.local.story.asking import Employee
from config.local.story.paying import authenticate_payments, replace_declined_cards
from config.local.story.person import Person
from config.local.story.stage import Moment, Stage, subjects_of

TEN_WEEKS = timedelta(weeks=10)
TOGETHER = timedelta(minutes=115)  # what is due within this time is done in one step; no reminder may be 2 hours late
LONGEST = timedelta(hours=12)  # a step is no longer, so that clinics report sessions on their day


def let_ten_weeks_pass(stage: Stage, accepted: list[Employee]) -> None:
    """Move every clock from one thing due to the next, and let the work of that hour be done."""
    stage.tell.chapter("6. Ten weeks pass")
    steps = replaced = authenticated = 0
    inbox = Inbox(stage, accepted)
    moment = stage.settle()
    start = moment.now
    with stage.tell.progress("ten weeks", TEN_WEEKS.days) as bar:
        while moment.now < start + TEN_WEEKS:
            day = moment.now.date()
            stage.forward(_step(moment))
            moment, steps = stage.settle(), steps + 1
            if moment.now.date() != day:
                replaced += replace_declined_cards(stage, inbox.asked_by("debit_failed"))
                authenticated += authenticate_payments(stage, inbox.asked_by("action_needed"))
            bar.at((moment.now - start).days, f"day {(moment.now - start).days}")
    stage.settle("the last work is done", calm=10)
    stage.tell.say(f"The clock moved {steps} times, from one thing due to the next.")
    stage.tell.say(f"{replaced} declined card was replaced, {authenticated} payments confirmed with the bank.")


def _step(moment: Moment) -> timedelta:
    wait = max(moment.next_due - moment.now, timedelta()) if moment.next_due else LONGEST
    return min(wait + TOGETHER, LONGEST)


class Inbox:
    """What the members find in their mail since they last looked, and act on."""

    def __init__(self, stage: Stage, members: list[Employee]) -> None:
        self._stage, self._read = stage, {"debit_failed": 0, "action_needed": 0}
        self._people = {member.person.email: member.person for member in members}

    def asked_by(self, template: str) -> list[Person]:
        """Return who got a new mail of a billing template."""
        mails = [mail for subject in subjects_of("billing", template) for mail in self._stage.mails(subject=subject)]
        new = mails[self._read[template] :]
        self._read[template] = len(mails)
        return [self._people[address] for address in {mail["to"][0] for mail in new}]
