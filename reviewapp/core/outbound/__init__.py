"""HTTP requests to addresses that users entered: checked addresses, bounded time and size."""
