"""One module per output: rows, JSON, Markdown, the page; plain values in, text out."""
