"""Games: who plays, how forgeries are made and judged."""
