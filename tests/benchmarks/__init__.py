"""`make bench`: each measure against its limit or a peer, in turn, in one run. docs/benchmarks.md describes them."""
