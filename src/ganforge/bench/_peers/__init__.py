"""Scripts that train with other packages, run by the Python of an environment that each of these has to itself."""
