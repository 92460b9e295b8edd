"""Whether anything at all could be real: a judge that knows what no forger ever tried, calibrated on held-out items."""
