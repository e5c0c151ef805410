"""After a restore or a promotion: what was lost is named, erased again, and registered from the journal."""
