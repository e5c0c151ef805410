"""Deliveries out of the queues, each settled when what it tells is committed."""
