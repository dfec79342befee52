"""Appointments: services, opening hours, free slots, holds, bookings, invitations."""
