"""What was written is told: the feed, in order of position."""
