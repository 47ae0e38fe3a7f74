"""Tenants, users, roles, devices, sessions and second factors."""
