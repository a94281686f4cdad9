"""The parts of the made-up region: units, words, chains, outcomes. `bench.data` puts them together."""
