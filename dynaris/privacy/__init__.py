"""What a contact may ask of their data: export, erasure, retention, proof of both."""
