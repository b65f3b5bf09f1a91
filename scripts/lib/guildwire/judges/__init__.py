"""What runs inside the environment of `peers`: a library of other people as client of the simulator, and what it must see."""
