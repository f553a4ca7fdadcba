"""`python -m pipeline` is `h33`."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
