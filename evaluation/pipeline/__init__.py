"""The pipeline of a candidate: its steps from curation to service, their gates, what is next."""
