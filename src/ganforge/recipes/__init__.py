"""Recipes: one file per named, complete set of choices."""
