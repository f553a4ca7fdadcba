"""h33: app logs and Mongo exports become a Parquet lake, SQL reports and deployment verdicts."""

__version__ = "0.1.0"
