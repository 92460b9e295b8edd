"""The report of a run: one self-contained page that can be sent to anybody."""
