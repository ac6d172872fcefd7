"""What a run measures on its way: the columns, the exact sums, the candidates of the sample, and the estimates."""
