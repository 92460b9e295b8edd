"""A run's generator for other programs: as ONNX, as safetensors, or as a folder that needs neither torch nor us."""
