"""The benchmark: what a prediction costs here, beside the same prediction elsewhere; ``make bench`` runs it all."""
