"""Base of all other packages: errors, forms, paging, text and database helpers."""
