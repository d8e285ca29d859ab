"""The voice menu."""
