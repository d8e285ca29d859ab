"""Everything that touches the outside: web, carriers, worker, command line, settings."""
