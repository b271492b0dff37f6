"""Programs that tests run by themselves, each with an agent framework."""
