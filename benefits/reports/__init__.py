"""What an employer may know: enrollment, in numbers too large to point at anybody; never use."""
