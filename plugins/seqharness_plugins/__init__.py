"""The models that come with the harness, each family a package and a plugin of its own.

They come in by entry points, as a stranger's would, and import nothing of the core but what is public to plugins:
`contracts`, `interfaces`, `errors`, `hookspecs` and `modules`.
"""
