"""What every room may know: errors, the registry, typed records and plans, devices, seeds."""
