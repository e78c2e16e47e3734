"""The directory's interface: members search it, operators keep it and import files, clinics see their own entry."""
