"""What an employer says about its people: staged, validated, compared with the roster, applied once."""
