"""`python -m dynaris` is the same command as `dynaris`."""

from dynaris.app.cli import main

if __name__ == "__main__":
    main()
