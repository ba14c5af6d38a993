"""Webhooks: signed requests to other systems about what notifications tell of."""
