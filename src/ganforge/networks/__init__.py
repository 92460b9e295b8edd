"""Networks: one file per architecture, its generator and discriminator side by side."""
