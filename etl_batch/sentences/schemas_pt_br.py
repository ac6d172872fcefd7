"""What the engine says of declared schemas, in Portuguese."""

from __future__ import annotations

# a schema file
UNREADABLE = "O esquema {path} não pode ser lido ({reason}). Verifique o nome e as permissões."
TOO_LARGE = "O esquema {path} tem mais de {most} MiB, o que nenhum esquema tem; indique outro arquivo."
NO_JSON = "O esquema {path} não é JSON em UTF-8 ({reason}). Corrija-o, ou grave um com `etl schema infer`."
WRONG = "O esquema {path}, {key}: {problem}"
WRONG_COLUMN = "O esquema {path}, coluna {column!r}, {key}: {problem}"
NO_OBJECT = "deve ser um objeto com chaves."
UNKNOWN_KEY = "não há essa chave; deixe-a de fora."
NO_VERSION = "deve ser 1."
NO_LIST = "deve ser uma lista que não esteja vazia."
NO_EXTRA = "deve ser keep, drop ou refuse."
NO_NAME = "deve ser o nome da coluna."
TWICE = "está declarada duas vezes; retire uma."
NO_TYPE = (
    "deve ser integer, decimal(p,s) de no máximo 38 dígitos, number, text, boolean, date, time, timestamp ou "
    "timestamp_utc, estes com (ms), (us) ou (ns) depois."
)
NO_SWITCH = "deve ser true ou false."
NO_LENGTH = "deve ser um número inteiro de caracteres, a partir de 0."
NO_ORDER = "precisa de um tipo com ordem: integer, decimal, number, date, time ou timestamp."
NO_VALUE = "deve ser um número, um texto, true ou false."
NO_TEXT = "não é um texto"
NO_PATTERN = "deve ser uma expressão regular ({reason})."
NOT_OF_TYPE = "{value!r} não é {type}."
BELOW_LEAST = "está abaixo do mínimo."

# inputs that are not as it says
COLUMN_MISSING = "{path} não tem a coluna {name!r}, que o esquema exige; corrija o arquivo ou o esquema."
COLUMN_EXTRA = "{path} tem uma coluna {name!r}, que o esquema não nomeia e recusa; corrija o arquivo ou o esquema."
NOT_UNIQUE = (
    "{name!r} deve ser única pelo esquema, e {number:,} linhas repetem um valor: a linha boa {row:,} de {source} tem o "
    "da linha boa {former_row:,} de {former_source}. Nada foi publicado; corrija a entrada ou o esquema."
)
