"""Writes that follow from votes: measuring gates, raters, examples set aside, vote import."""
