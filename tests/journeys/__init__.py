"""Whole journeys through the service in a real browser, each step by the person whose step it is."""
