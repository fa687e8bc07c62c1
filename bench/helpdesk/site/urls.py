"""The site's addresses: django-helpdesk at the root, its REST API under ``/api/``."""

from django.urls import include, path  # type: ignore[import-not-found]

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
