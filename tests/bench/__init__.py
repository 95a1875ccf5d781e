"""The bench: one workload, run through the product and through hand-written SQL in the same run.

Here belong the workload, the opponent, the clients and the measures. No code of the product
belongs here, and nothing here is imported by it; the product is reached through `adapter.System`
and `adapter.Site`, implemented in `tests.bench.product`.
"""
