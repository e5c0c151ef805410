"""What schemathesis cannot know: who is a member, and what a date of the past looks like."""

import schemathesis
from hypothesis import strategies

from shared import data
from shared.notices.dates import REDUCED_DATE_FORMAT
from shared.notices.places import MEMBER_FORMAT

_MEMBERS = sorted(data.members())
_DAYS = strategies.dates().filter(lambda day: 1900 <= day.year <= 2020)
_REDUCED = strategies.builds(
    lambda day, length: day.isoformat()[:length], _DAYS, strategies.sampled_from([4, 7, 10])
)

schemathesis.openapi.format(MEMBER_FORMAT, strategies.sampled_from([*_MEMBERS, "org-exemplo"]))
schemathesis.openapi.format(REDUCED_DATE_FORMAT, _REDUCED)
