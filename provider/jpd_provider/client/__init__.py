"""Clients of the JPD REST APIs: one file per product service, and http.py under all of them."""
