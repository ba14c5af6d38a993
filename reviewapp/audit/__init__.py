"""The audit trail: the event base class, its database guards, the page and the export."""
