"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Each request has a thread of its own: without a pool it would open a session of its own, and a crowd too many.
os.environ.setdefault("DATABASE_POOL", "20")
application = get_asgi_application()
