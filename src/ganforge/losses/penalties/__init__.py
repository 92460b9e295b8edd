"""One file per penalty (regulariser) of the discriminator."""
