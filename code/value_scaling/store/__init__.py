"""Reading and writing of studies, archives and records, which only this package does.

Every file is written under a temporary name and then renamed. Every file that a user
may have changed is checked on reading, and errors in it raise a ScalingError.
"""
