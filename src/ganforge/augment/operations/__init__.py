"""One file per operation that samples can be changed by, differentiably."""
