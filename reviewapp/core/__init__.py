"""What every other package stands on: errors, forms, paging, text and database helpers."""
