"""HR's endpoints: files, change-sets, changes of members."""
