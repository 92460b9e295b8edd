"""Data: a source the user names becomes tensors; tensors become the user's own kind of file and a picture."""
