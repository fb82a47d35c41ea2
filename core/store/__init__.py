"""Where bookings are kept: tables, engines, migrations."""
