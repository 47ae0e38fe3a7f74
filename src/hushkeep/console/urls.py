"""Addresses of the console: its files, and its index for every page the browser itself knows how to show."""

from django.urls import path, re_path

from hushkeep.console import views

# What is not a page is not answered with one: the API's own addresses, and anything that ends like a file.
_PAGES = r"^(?!api/|_allauth/|stream/|assets/)(?P<path>(?!.*\.[a-z0-9]+$).*)$"

urlpatterns = [
    path("assets/<str:name>", views.asset),
    re_path(_PAGES, views.index),
]
