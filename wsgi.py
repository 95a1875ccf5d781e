"""The WSGI application, for a web server and for `flask`."""

import gc

from commissioning import create_app
from config import load_settings

# Nothing that is imported is garbage: looking for some at every turn makes the start longer by a tenth. What is there
# afterwards stays for good, so no later collection need look at it, and forked workers go on sharing its pages.
gc.disable()
app = create_app(load_settings())
gc.freeze()
gc.enable()
