"""What belongs to everybody: open data, feeds to subscribe to, privacy, errors to report."""
