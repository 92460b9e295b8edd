"""The studio: watch a training, explore what it learned, and play against it, in the browser."""
