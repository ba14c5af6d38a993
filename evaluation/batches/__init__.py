"""Answers through a provider's batch endpoint: cheaper, within a day, one paid batch each."""
