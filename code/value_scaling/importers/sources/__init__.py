"""The formats that can be read, one file each: a source yields one run at a time."""
