"""Forms of the evaluation app: each turns a POST into the arguments of one action."""
