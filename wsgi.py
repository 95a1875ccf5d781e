"""The WSGI application, for a web server and for `flask`."""

from commissioning import create_app
from config import load_settings

app = create_app(load_settings())
