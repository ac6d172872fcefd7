"""What is said of a layout that is imported from another language: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# places
IN_LINE = "Line {line}: {why}"
IN_FIELD = "Line {line}, field {field!r}: {why}"

# files
UNREADABLE = "Cannot read {path}: {reason}. Check the path."
FILE_TOO_LARGE = "The file has more than {most:,} bytes; cut out the record that is wanted."
NO_TEXT = "{path} holds NUL bytes, so it is no text; name the description of the records, not the records."
NO_LANGUAGE = "{path} is none of {known} by its name or its content; say which with --format."
ENCODING = "--encoding: {reason}"
EXISTS = "{path} exists already; name another file with -o, or remove it first."
CANNOT_WRITE = "Cannot write {path}: {reason}. Name another file with -o."
FROM = "Imported from {file}."
SAVED = "The layout {name!r} is saved; runs that start from now on use it."
WRITTEN = "The layout {name!r} is written to {path}."

# records
NO_RECORDS = "No record is described here; name a file that describes one."
SEVERAL_RECORDS = "Several records are described here; choose one with --record: {known}."
NO_RECORD = "There is no record {name!r} here; there are {known}."
TOO_LONG = "what stands here is too long to be a description of records; cut out the record that is wanted."
TOO_LARGE = "the record is larger than any layout's; cut out the record that is wanted."
TOO_DEEP = "records are nested too deeply; bring them in by one level at a time."
NESTED_TOO_DEEPLY = "It is nested too deeply; make it flatter."
TOO_MANY_FIELDS = "the record has more than {most:,} fields; use bytes for a block of data."
ARRAY_SIZE = "an array of {count} elements is none that a layout has (1 to {most:,}); use bytes for a block of data."
NO_MEMBERS = "the record has no fields; give it one."
BITS_ACROSS = "the bits reach over more bytes than an integer of their own has; describe these bytes as an array."
UNKNOWN_TYPE = "{type!r} is no type that is defined here; put its definition into the file."

# COBOL
NO_PERIOD = "the entry does not end with a period; add it."
OPEN_LITERAL = "a literal is not closed; close it in its line, or continue it with - in column 7."
NO_LEVEL = "{word!r} is no level number; give a copybook, without the program around it."
COPY = "{word} brings in another file, which is not followed; put its text here."
OTHER_LEVEL = "level {level} is none of a record's; take the entry out."
RENAMES = "level {level} (RENAMES) names bytes a second time, which a layout cannot; take the entry out."
LEVEL_FITS_NOTHING = "level {level} is that of no entry before it; correct the level."
CONDITION_OF_NOTHING = "a condition (level 88) follows no item; take it out."
PICTURE_OF_GROUP = "it has a picture and items inside it; correct the levels."
UNKNOWN_CLAUSE = "{word!r} is no clause that is known here; take it out."
CLAUSE_OF_NOTHING = "{word} says nothing; complete the clause."
CLAUSE_OF_RECORD = "OCCURS and SYNCHRONIZED do not go with a record; take the clause out."
OTHER_USAGE = "a layout has no type for the usage {usage}; describe these bytes as PIC X."
TEXT_USAGE = "a picture of text has no usage {usage}; correct one of them."
DEPENDING = (
    "OCCURS with a number that varies (DEPENDING ON) makes records of different lengths; import it with a fixed "
    "number, then write its `count` as a field and a maximum."
)
NO_PICTURE = "{picture!r} is no picture; correct it."
NO_PICTURE_NO_FIELDS = "it has neither a picture nor items inside it; give it one of them."
EDITED_PICTURE = "{picture!r} is an edited picture, which is no number; describe these bytes as PIC X."
NATIONAL_PICTURE = "{picture!r} is national text, which is not expressed; describe these bytes as PIC X."
DIGITS = "it has {digits} digits, of which {most} can be kept; describe these bytes as PIC X."
BINARY_DIGITS = "a binary number of {digits} digits is larger than 8 bytes; describe these bytes as PIC X."
NATIVE_ORDER = "{usage} has the byte order of the machine that wrote it; say which with --endian."
FLOAT_FORM = (
    "{usage} is IEEE 754 on some machines and IBM's hexadecimal form on mainframes, which is not expressed; say "
    "--endian big or little if the file has IEEE 754."
)
PICTURE_OF_FLOAT = "{usage} has no picture; take it out."
SYNCHRONIZED = (
    "SYNCHRONIZED adds bytes by a compiler's own rules, for the item does not stand on its boundary; put them in as "
    "FILLER and take the word out."
)
REDEFINES_NOTHING = "{target!r}, which it redefines, is no item before it in this group; correct the name."
REDEFINES_MORE = "it is longer than {target!r}, which it redefines; put the longer one first."
REDEFINED = "{field} (line {line}) is left out: it redefines {target}, which is read."
CONDITIONS = "The conditions of {field} (level 88) are left out: {names}."
BLANK_WHEN_ZERO = "{field} is BLANK WHEN ZERO: blanks are read as no value."

# C
NO_CONSTANT = "{expression!r} is no constant that is known here; write the number."
WRONG_DIRECTIVE = "#{name} cannot be read; correct the line."
OPEN_CONDITION = "an #if is not closed; add the #endif."
UNDECIDED = "whether {name!r} holds cannot be told from the file; decide it and take the #if out."
ERROR_DIRECTIVE = "#error stands here; decide the condition around it and take it out."
ENDS_EARLY = "the file ends before the declaration does; complete it."
UNEXPECTED = "{word!r} is not expected here; correct the line."
C_TYPE = "a layout has nothing for the C type {type!r}; use an array of unsigned char for its bytes."
POINTER = "a pointer's value means nothing in a file; use an integer of its size."
UNION = "the union of line {line} gives several meanings to the same bytes; keep one of them."
FLEXIBLE = "an array without a length has no fixed size; give it one."
BIT_WIDTH = "a bit-field of {bits} bits does not fit its type; correct it."
BIG_BITS = "compilers for big endian machines number bits in another order; take the bit-fields out, or --endian."
ALIGNED = "an alignment of its own is not followed; put the padding in as members and take the attribute out."

# Kaitai
NO_YAML = "the YAML cannot be read; correct it."
YAML_ALIAS = "aliases are not followed; write out what they stand for."
YAML_KEY = "a key is no word, or stands twice; correct it."
KAITAI_KEY = "`{key}` is not of a fixed place and size, or is not known; only what is fixed can be imported."
KAITAI_ATTRIBUTE = "an attribute is a mapping of keys; correct it."
KAITAI_ENDIAN = "the byte order is `le` or `be`; one that depends on the file cannot be imported."
KAITAI_NO_ENDIAN = "the number has no byte order; give `meta: endian`, or say --endian."
KAITAI_NO_ENCODING = "the text has no encoding; give `meta: encoding`, or say --encoding."
KAITAI_REPEAT = "it is repeated as often as the data say, which is possible once, for the records of the file."
KAITAI_BITS = "bits that are repeated, more than 64, or in two orders side by side are not expressed; use `size`."
KAITAI_SIZE = "it has no fixed size; give `size` as a number."
KAITAI_SWITCH = "its type depends on the data; only what is fixed can be imported."
KAITAI_TERMINATOR = "text ends with NUL bytes or blanks in a layout; any other terminator or padding is not expressed."
KAITAI_TOO_SMALL = "its `size` is {size} bytes but its type takes {taken}; correct one of them."
KAITAI_CONTENTS = "`contents` is text or a list of bytes, not repeated; correct it."
KAITAI_INSTANCE = "an instance that is read from another place is not expressed; only what follows in `seq` is."
UNKNOWN_ENUM = "`{name}` is no enumeration of whole numbers that is defined here; correct it."
INSTANCE = "{field} is left out: it is computed and stands in no byte."
VALID = "The rule `valid` of {field} (line {line}) is left out."
HEADER = "The header of {size} bytes is read over."

# NumPy
NO_DTYPE = "It is no dtype of NumPy: {reason}. Give a string such as i4,f8,S10 or a list of names and types."
NUMPY_TYPE = "a layout has nothing for the dtype {type!r}; use V and the size for its bytes."

become_table(__name__)
