"""Reading what CMS publishes: archives, lines, records. Pure Python; nothing is read further than it is needed."""
