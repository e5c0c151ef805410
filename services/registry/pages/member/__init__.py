"""A member's own page: what it sent, what it is asked, its keys and who speaks for it."""
