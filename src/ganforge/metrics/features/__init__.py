"""Feature extractors, one file each: samples become rows of numbers in which distances mean something."""
