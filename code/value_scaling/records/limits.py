"""Types of the values in study and training files, with their ranges.

msgspec refuses values outside these ranges. Its message gives `description` as the
expected value. No range includes NaN or infinity.
"""

from typing import Annotated

from msgspec import Meta

Name = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9](?:[A-Za-z0-9 ._+=,()@-]*[A-Za-z0-9._+=()@-])?\Z",
        max_length=80,
        description="a plain file name: at most 80 letters, digits, spaces and . _ + - "
        "= , ( ) @, the first one a letter or a digit",
    ),
]
"""Name of a folder inside an archive."""
ArchiveName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.fresh)\.zip\Z",
        max_length=120,
        description="a name that ends in .zip, of letters, digits and . _ - without a "
        "folder; names that end in .fresh.zip are kept for fresh runs",
    ),
]
Line = Annotated[
    str,
    Meta(
        pattern=r"\A(?=\S)[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+\Z",
        max_length=200,
        description="one line of at most 200 characters",
    ),
]
Text = Annotated[
    str,
    Meta(
        pattern=r"\A(?=\s*\S)[^\x00-\x08\x0b-\x1f\x7f]+\Z",
        max_length=4000,
        description="a text of at most 4000 characters, none of them a control code",
    ),
]
UTD = Annotated[
    float, Meta(ge=1e-9, le=1e9, description="a positive UTD ratio, 1e-9 to 1e9")
]
BatchSize = Annotated[
    int, Meta(ge=1, le=2**24, description="a positive whole number, at most 16777216")
]
LearningRate = Annotated[
    float, Meta(ge=1e-12, le=100, description="a positive number, 1e-12 to 100")
]
Small = Annotated[int, Meta(ge=1, le=1000, description="a whole number, 1 to 1000")]
Seconds = Annotated[
    float, Meta(gt=0, le=1e9, description="a number of seconds above 0")
]
Level = Annotated[
    float,
    Meta(
        ge=1e-3,
        le=1000,
        description="a positive level, at most 1000, which stands for max_return",
    ),
]
Positive = Annotated[
    float, Meta(ge=1e-12, le=1e18, description="a positive number, 1e-12 to 1e18")
]
Flops = Annotated[
    float, Meta(gt=0, le=1e40, description="a positive number of FLOPs, at most 1e40")
]
Return = Annotated[
    float, Meta(ge=-1e18, le=1e18, description="a number from -1e18 to 1e18")
]
Exponent = Annotated[float, Meta(ge=-10, le=10, description="a number from -10 to 10")]
Count = Annotated[
    int, Meta(ge=1, le=10**12, description="a whole number, 1 or more, at most 1e12")
]
CountOrZero = Annotated[
    int, Meta(ge=0, le=10**12, description="a whole number, 0 or more, at most 1e12")
]
