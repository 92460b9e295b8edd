"""Losses: adversarial objectives and penalties, as terms of a phase."""
