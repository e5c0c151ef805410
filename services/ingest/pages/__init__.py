"""Ingest's doors for people: the form, the nil return, the spreadsheet."""
