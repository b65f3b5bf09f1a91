"""`scripts/bench`: this product and its peers on the same load, on one machine, in one run."""
