"""Measures the engine against plain SQL on databases of its own. Figures drift; the ratios are what counts."""
