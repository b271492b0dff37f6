"""Scripts: what people write about one answer, and the deltas that it becomes."""
