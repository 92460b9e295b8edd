"""How good samples are: one file a metric, each with error bars and beside the floor."""
