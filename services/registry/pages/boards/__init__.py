"""What the coordination and the office work through: what waits, ends, contradicts or is missing."""
