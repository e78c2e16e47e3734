"""The interfaces of offers: what clinics see, who read, and the operator's board."""
