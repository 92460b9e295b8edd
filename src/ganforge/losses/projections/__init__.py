"""One file per projection of the discriminator's weights."""
