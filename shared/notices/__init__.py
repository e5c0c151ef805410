"""The language of the house: what a notice is, how it is written, and what may be wrong with one."""
