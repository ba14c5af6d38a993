"""Configuration and what both apps share: people, audit, jobs, the web frame, operations."""
