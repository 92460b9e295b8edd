"""One file per adversarial objective."""
