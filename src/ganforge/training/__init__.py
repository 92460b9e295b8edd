"""Training: the duel, the loop around it, and all that must survive a crash."""
