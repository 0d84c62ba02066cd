"""How we did: measures, times and charts for whoever manages the pathway, read from the events and the clocks."""
