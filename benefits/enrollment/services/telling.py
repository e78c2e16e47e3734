"""Announcing what a statement did to many, for publish_selected: an event a member, or one a block of members."""

# Ends an UPDATE of `benefits_member AS member`, for an event that says only whom it is about.
ABOUT_MEMBER = """
RETURNING member.id AS subject, member.version, member.employer_id AS tenant,
    jsonb_build_object('member_id', member.id, 'employer_id', member.employer_id) AS data
"""
BLOCK = 100  # members of an event: whoever reacts is through with them in a second
# Of enrollments (subject, version, tenant, member_id) that a statement wrote.
STARTED = f"""
SELECT (array_agg(subject ORDER BY subject))[1] AS subject, (array_agg(version ORDER BY subject))[1] AS version, tenant,
    jsonb_build_object('employer_id', tenant, 'enrollment_ids', jsonb_agg(subject ORDER BY subject),
        'member_ids', jsonb_agg(member_id ORDER BY subject)) AS data
FROM (SELECT *, (row_number() OVER (ORDER BY subject) - 1) / {BLOCK} AS block FROM told) AS numbered
GROUP BY tenant, block
"""
