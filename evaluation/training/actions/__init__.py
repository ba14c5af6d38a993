"""What changes training runs: the lead starts and asks, a worker carries out."""
