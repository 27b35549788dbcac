"""`make bench`: what the program reaches on this machine, each figure beside its raw baseline of the same run."""
