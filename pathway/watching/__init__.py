"""What watches over the loops has found: for the page of the watchers, and as figures for machines."""
