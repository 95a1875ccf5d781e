"""The bench: one workload, run through the product and through hand-written SQL in the same run.

Here belong the workload, the opponent, the clients and the measures. No code of the product
belongs here but in `tests.bench.product` and its `product_...`, and nothing here is imported by the product.

`tests.bench.product`, where it exists, offers
- `system()`: a new `adapter.System`. Its `prepare` gets the URL of an empty database
  (`sqlite:///path` or `postgresql://user:@/name?host=socket-directory`; SQLAlchemy wants
  `postgresql+psycopg://`) and lays out the tables by the shipped migrations. It has the name
  "product", raises `adapter.WrongRole` and `adapter.WrongState`, and reads `facts` back from
  the database: a figure whose facts are wrong is not printed;
- `site()`: a new `adapter.Site`, the same over HTTP;
- `MEASURES`, if it has more to time: names and functions of a `bench.Bench`, which add to it.
"""
