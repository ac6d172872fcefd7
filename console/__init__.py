"""The console: its users, sessions, permissions, web routes and supervisor. The engine never imports it."""
