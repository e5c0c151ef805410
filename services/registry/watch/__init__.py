"""What the registry does by itself: the clock, the daily seal, upkeep, judging anew by new rules."""
