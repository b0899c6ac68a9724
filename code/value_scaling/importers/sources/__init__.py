"""The formats that can be read, one in each file: a source yields one run at a time."""
