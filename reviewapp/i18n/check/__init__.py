"""The check that every text for people goes through gettext."""
