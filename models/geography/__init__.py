"""The communes of France: the table that ships with the project, and how it is built and loaded."""
