"""Augmentation: what the discriminator's input is changed by, real and fake alike. One file per policy."""
