"""Notify users, mark notifications as read, send mail."""
