"""The reporters that come with seqharness: each turns a `Comparison` into files and sees nothing else of the harness.

`content` says what a report says, as a document without a format; `markdown` writes it as Markdown and `plots` draws
its figures; `json` writes the comparison itself. A further format (HTML, LaTeX) renders the same document.
"""
