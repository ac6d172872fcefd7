"""The views: what a screen shows, shared by the console's pages and `etl_dashboard()`."""
