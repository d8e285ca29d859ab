"""The command line: `python -m gateway COMMAND`."""

from gateway.commands import main

if __name__ == "__main__":
    main()
