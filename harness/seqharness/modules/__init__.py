"""Parts that models are put together from; public to authors of plugins.

`shared`     embedding and output, which are the same for every model
`dropout`    dropout that is fast on a CPU too
`memory`     what passes from an encoder to a decoder, and the arithmetic of padded rows
`adapters`   from an encoder and a decoder to networks for all five interfaces
`networks`   those networks
`masking`    which tokens masked language modelling hides in evaluation (no torch either)
`mixer`      a model from one sequence mixer (this file imports no torch, so that a plugin's card stays light)
`rows`       for the engine: pick, repeat and count the rows of any state
"""
