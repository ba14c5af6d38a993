"""Operations: launcher, embedded database, web server, worker, backup, broker."""
