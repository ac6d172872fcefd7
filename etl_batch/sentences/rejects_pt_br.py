"""Why a record is rejected, in Portuguese."""

from __future__ import annotations

# text
PART_OF_CHARACTER = "sobra uma parte de um caractere no fim do arquivo"
FIELD_COUNT = "{expected} campos esperados, {found} encontrados"
MALFORMED_QUOTES = "um campo entre aspas não termina onde as aspas fecham"
TOO_LONG = (
    "o registro tem mais de {most:,} bytes (--max-record-bytes aumenta isso); os primeiros {kept:,} estão guardados "
    "aqui"
)
UNREAD = "{why}; os {size:,} bytes a partir daqui foram abandonados"
UNREAD_ROW = "{why}; a linha foi abandonada"
CUT_IN_COMPRESSED = (
    "o registro era mais longo do que um registro pode ser, e de um arquivo comprimido uma releitura só tem o começo "
    "dele: execute o arquivo de novo com um --max-record-bytes maior"
)
NO_CHARACTER = "não há caractere válido no byte {byte} do registro"

# Parquet
CELL_NO_UTF8 = "a célula não é UTF-8 válido"
NO_MOMENT = "{name} é {value} de {type} desde 1970, fora dos anos 1 a 9999"
NO_TIME_OF_DAY = "{name} é {value} de {type}, o que não é uma hora do dia"
SECONDS = "segundos"

# JSON Lines
NO_JSON = "a linha não é JSON: {reason}"
NO_OBJECT = "a linha é JSON, mas não um objeto"
JSON_TOO_DEEP = "a linha tem mais de {most} objetos e listas um dentro do outro"
DUPLICATE_KEY = "a chave {key!r} aparece duas vezes na linha"
UNKNOWN_KEY = "a chave {key!r} não está entre as colunas"
HALF_CODE = "o membro {key!r} contém um escape que é meio caractere"
LINE_TOO_LONG = "a linha tem {size} bytes, mais que os {most} que um registro pode ter"

# records
UNREADABLE = {
    "invalid_text": "{name} contém os bytes {shown}, que não são texto {encoding} válido.",
    "invalid_number": "{name} contém os bytes {shown}, que não são um número {kind}.",
    "invalid_enum": "{name} contém os bytes {shown}, que não são nenhum dos valores que o leiaute nomeia.",
    "invalid_bool": "{name} contém os bytes {shown}, que não são nem 0 nem 1.",
    "invalid_timestamp": "{name} contém os bytes {shown}, que estão fora dos anos 1 a 9999.",
    "wrong_length": "{name} contém os bytes {shown}; o registro termina cedo demais para ele, ou é maior que o tipo.",
    "unknown_record_type": (
        "{name} contém os bytes {shown}, que não são nenhum dos tipos de registro que o leiaute nomeia."
    ),
}
OUT_OF_RANGE = {
    "below": "{name} é {value} (bytes {shown}); deve ser no mínimo {low}.",
    "above": "{name} é {value} (bytes {shown}); deve ser no máximo {high}.",
    "outside": "{name} é {value} (bytes {shown}); deve ser no mínimo {low} e no máximo {high}.",
}
DAMAGED_WORD = (
    "há {size} bytes aqui onde uma palavra deveria dizer o tamanho do próximo registro; até o fim deles nenhuma "
    "palavra leva adiante."
)
BYTES_LEFT = "sobram {size} bytes depois do último registro inteiro de {record_size} bytes"
PATTERN_MISMATCH = "{name} é {value!r}; não serve ao padrão do leiaute."
CONST_MISMATCH = "{name} contém os bytes {shown}; deve ser {const}."

# what is said of many at once
FIRST_OF_ITS_KIND = "O mais comum é {reason} ({number:,}), primeiro no byte {offset} de {source}: {detail}."
FIRST_IN_A_FIELD = "O mais comum é {reason} ({number:,}), primeiro em {field} no byte {offset} de {source}: {detail}."
WHAT_HELPS = {
    "field_count": (
        "Se as células foram separadas pelo sinal errado, diga o certo com --delimiter; --ragged pad completa linhas "
        "curtas."
    ),
    "malformed_quotes": "Se as células estão entre outras aspas, ou sem aspas, diga-o com --quote.",
    "invalid_text": (
        "Se o texto está em outra codificação, diga qual: --encoding para um texto, `encoding` num leiaute."
    ),
    "partial_character": "O arquivo pode ter sido cortado: busque-o de novo.",
    "partial_record": "O arquivo pode ter sido cortado, ou ter registros de outro tamanho: veja --layout.",
}
LAYOUT_HELPS = "Se estes valores estão certos, o leiaute não está: veja `layouts show`, ou indique outro com --layout."

# declared schemas
SCHEMA_TYPE = "{name} é {value!r}, que não é {type}."
SCHEMA_REQUIRED = "{name} está vazio; o esquema o exige."
SCHEMA_RANGE = {
    "below": "{name} é {value}; deve ser no mínimo {low}.",
    "above": "{name} é {value}; deve ser no máximo {high}.",
}
SCHEMA_PATTERN = "{name} é {value!r}; não serve ao padrão do esquema."
SCHEMA_VALUE = "{name} é {value!r}, que não é nenhum dos valores que o esquema nomeia."
SCHEMA_LENGTH = "{name} tem {length:,} caracteres; o esquema permite de {least:,} a {most}."
SCHEMA_ANY_LENGTH = "qualquer número"
LOOKING_HELPS = "A tela Rejeitados mostra o que eles têm em comum."
