"""What an incident is: values, facts, commands and the rules between them. No bytes, no clock, no I/O."""
