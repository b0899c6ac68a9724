"""The disk: studies, archives and records are read and written here and nowhere else.

Every file is written under a temporary name and renamed, and every file that a user
can have changed is checked while it is read; what is wrong is a ScalingError.
"""
