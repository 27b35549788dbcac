"""Phone numbers as people write them: one field (`read_phone`), or in running text with their place (`find_phones`).

`forms.py` holds how digits, signs and extensions are written; `plain.py` reads the usual mainland forms by itself;
`library.py` asks `phonenumbers` for everything else; `field.py` and `finding.py` are the two ways in.
"""

from services.intake.understand.phones.field import is_withheld, read_phone
from services.intake.understand.phones.finding import find_phones
from services.intake.understand.phones.library import known_area, known_region
from services.intake.understand.phones.reading import NO_NUMBER, PHONE_LENGTH_MAX, FoundPhone, PhoneReading

__all__ = [
    "NO_NUMBER",
    "PHONE_LENGTH_MAX",
    "FoundPhone",
    "PhoneReading",
    "find_phones",
    "is_withheld",
    "known_area",
    "known_region",
    "read_phone",
]
