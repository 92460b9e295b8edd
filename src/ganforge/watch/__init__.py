"""The doctor: probes, what they say (ailments), and what is done about it (remedies)."""
