"""Ingest's pages: the form, the nil return, the spreadsheet, and whatever else a person tells."""
