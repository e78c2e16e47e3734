"""What employers owe every month: invoices that point at nobody, credit notes, money paid in advance."""
