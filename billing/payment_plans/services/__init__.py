"""What can be done with plans and instalments: one module per concern, one public function per use case."""
