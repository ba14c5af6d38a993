"""Notifications: an inbox for each user, mail to those who want it."""
