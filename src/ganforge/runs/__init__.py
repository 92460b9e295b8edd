"""Run folders: journal, checkpoints, samples. Bytes only; knows no network."""
