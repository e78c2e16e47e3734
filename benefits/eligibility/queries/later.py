"""Who was changed after a change-set had changed them."""

from django.db import connection

from benefits.eligibility.models import ChangeSet

MOST_NAMED = 100
# What was undone since is as if it had never been.
_LATER = """
WITH touched AS (
    SELECT DISTINCT later.member_id
    FROM benefits_memberchange AS ours
    JOIN benefits_memberchange AS later ON later.employer_id = ours.employer_id
        AND later.member_id = ours.member_id AND later.number > ours.number
        AND later.change_set_id IS DISTINCT FROM ours.change_set_id
    WHERE ours.employer_id = %s AND ours.change_set_id = %s
        AND NOT EXISTS (
            SELECT FROM benefits_changeset AS gone WHERE gone.id = later.change_set_id AND gone.status = 'undone'))
SELECT count(*), coalesce((array_agg(employee_number ORDER BY employee_number))[1:%s], '{}')
FROM touched JOIN benefits_member AS member ON member.id = touched.member_id
"""


def people_changed_since(change_set: ChangeSet) -> tuple[int, list[str]]:
    """Return how many people of an applied change-set were changed later, by whatever door, and the first numbers."""
    with connection.cursor() as cursor:
        cursor.execute(_LATER, [change_set.employer_id, change_set.pk, MOST_NAMED])
        people, numbers = cursor.fetchone()
    return people, numbers
