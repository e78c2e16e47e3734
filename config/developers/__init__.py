"""For whoever builds a clinic's or an employer's software: the API's reference, and first steps to be copied."""
