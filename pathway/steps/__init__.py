"""The pathway, one file per step. Steps never import each other."""
