"""What is wrong with a record layout, in Portuguese."""

from __future__ import annotations

# fields
NO_NAME = "não tem `name`; só um campo com `skip` pode deixá-lo de fora."
NOT_PRINTABLE = "seu nome está vazio ou tem caracteres que não podem ser impressos."
NO_TYPE = "não tem `type`; use um de {known}."
UNKNOWN_TYPE = "tem o tipo desconhecido {type!r}; use um de {known}."
NAMED_TWICE = "duas colunas têm este nome; renomeie uma delas."
TOO_MANY_FIELDS = "o leiaute tem mais de {most} campos; use `bytes` para um bloco de dados."
KEY_OF_INNER_FIELDS = "tem `fields`, então `{key}` pertence aos campos dentro dele."
NO_INNER_FIELDS = "seu `fields` está vazio; nomeie pelo menos um campo."
SIZE_OF_INNER_FIELDS = "seu `size` é de {size} bytes mas seus campos ocupam {taken}."
KEY_MEANS_NOTHING = "`{key}` nada significa para o tipo {kind}; deixe-o de fora."
SIZE_OF_TYPE = "seu `size` é de {size} bytes mas o tipo {kind} ocupa {sizes}."
TYPE_NEEDS_SIZE = "o tipo {kind} precisa de um `size` em bytes."

# what a field may hold
NO_VALUE = "{value!r} não é um valor do tipo {type}."
NO_BYTES = "{value!r} não é um valor do tipo bytes (dê dígitos hexadecimais)."
NO_MOMENT = "{value!r} não é um valor do tipo {type} (dê-o como YYYY-MM-DD ou YYYY-MM-DDTHH:MM:SS)."
KEYS_CLASH = "`{one}` e `{other}` não podem valer ambos; fique com um."
ENUM_AND_LIMITS = "`enum` já nomeia os valores; deixe `min` e `max` de fora."
BITS_DO_NOT_FIT = "os bits {first} a {last} não cabem em {size} bytes."
BOOL_OF_BITS = "um bool é um bit; ponha o `len` dos seus `bits` em 1."
DATETIME_OF_DAYS = "um datetime não tem a unidade 'D'; use o tipo date."
LIMITS_CROSSED = "`min` é maior que `max`, então nenhum valor serviria."
TOO_MANY_DIGITS = "{kind} de {size} bytes tem {digits} dígitos; no máximo {most} podem ser guardados."
LIMIT_IS_TEXT = "{value!r} é texto; dê um número."
LIMIT_IS_NAN = "um limite que não é um número recusaria todo valor; deixe-o de fora."
BLANK_NUMBER = 'null_values tem "", mas um número binário nunca está em branco; dê o número que significa nenhum valor.'
ENUM_EMPTY = "enum está vazio; nomeie pelo menos um valor."
ENUM_TWICE = "enum nomeia um valor duas vezes."
NO_EPOCH = "epoch {epoch!r} não é uma data; escreva-a como YYYY-MM-DD ou YYYY-MM-DDTHH:MM:SS."
EPOCH_BETWEEN_UNITS = "epoch {epoch!r} não é um número inteiro da unidade {unit!r} do campo."
EPOCH_OUT_OF_REACH = "epoch {epoch!r} está fora do alcance da unidade {unit!r}; use uma unidade maior."
NO_ENCODING = "{name!r} não é uma codificação de texto; use por exemplo utf-8, latin-1 ou cp037."
NO_PATTERN = "pattern {pattern!r} não é uma expressão regular RE2 ({reason})."
NO_SCALE = "scale {scale} torna todo valor inútil; dê um fator diferente de 0."
NO_SIGN = "um número {kind} não tem o sinal {sign!r}; use um de {known}."
SIGN_ALONE = "seu `size` só tem lugar para o sinal; acrescente os bytes dos dígitos."
NO_SUMMAND = "add {add} não pode ser somado a nada; dê um número."
SUM_TOO_LARGE = "{type} mais {add} não cabe em 64 bits; use também `scale`, para uma coluna de ponto flutuante."

# the bytes of a record
RECORD_TOO_LARGE = "um registro de {record_size} bytes é maior que os {most} bytes permitidos."
OF_RECORD_TYPE = "tipo de registro {value!r}: {problem}"
OVERLAPS = "sobrepõe-se: começa no byte {first}, mas os campos antes dele chegam ao byte {covered}."
PAST_THE_RECORD = "termina no byte {end}, além do tamanho do registro de {record_size}."
GAP = (
    "os bytes {first} a {last} não pertencem a nenhum campo (uma lacuna de {size}); nomeie-os, ou acrescente "
    '{{"type": "bytes", "size": {size}, "offset": {first}, "skip": true}}.'
)
BIT_TAKEN = "toma o bit {bit} do byte {byte}, que {owner!r} já tem."

# words before records, and counted arrays
WORD_OF_FIXED = "`{key}` nada significa para registros de um só tamanho; ponha `record_format` em rdw ou bdw."
WORD_OF_NO_BLOCK = "`block_word` nada significa sem blocos; ponha `record_format` em bdw."
RECORD_SIZE_OF_FIELDS = "`record_size` é {record_size} mas o registro mais longo tem {taken} bytes; deixe-o de fora."
COUNT_OF_VARIABLE = "`record_count` nada significa onde palavras dizem o tamanho dos registros; deixe-o de fora."
WORD_TOO_SHORT = "`{key}` tem {size} bytes, de menos para o seu {type} no byte {offset}."
COUNT_IN_COUNT = "um array contado não pode estar dentro de outro; dê a um deles um `count` fixo."
NO_COUNT_FIELD = "`count` nomeia {name!r}, que não é um campo antes dele; dê o nome inteiro, como externo.interno."
COUNT_FIELD_TYPE = "`count` nomeia {name!r}, que não é um inteiro simples; não pode ter scale, decimals nem enum."
BEHIND_COUNTED = (
    "o campo {name!r} segue este array contado, então em registros de tamanho variável não tem lugar fixo; só o último "
    "campo pode ser contado."
)

# a layout
NO_FIELDS = "não tem campos; dê `fields`, ou `struct` e `names`."
NAMES_WITHOUT_STRUCT = "`names` vai com `struct`; na forma longa cada campo tem o seu `name`."
STRUCT_AND_FIELDS = "tem `struct` e `fields`; fique com um deles."
ENDIAN_WITH_STRUCT = "`endian` vai com `fields`; um formato struct o dá com o primeiro caractere, '<' ou '>'."
TYPE_OF_KEY = "`{key}` tem o tipo {type!r}; use um de {known}."
ALL_SKIPPED = "todo campo é pulado, então nada seria gravado; deixe de pular um."
STRATUM_IS_NO_COLUMN = "`stratum` nomeia {name!r}, que não é uma coluna; as colunas são {known}."
MEASURE_IS_NO_COLUMN = "`measures` nomeia {name!r}, que não é uma coluna; as colunas são {known}."
MEASURE_IS_NO_NUMBER = "`measures` nomeia {name!r}, que é {type} e não um número."
NO_DISCRIMINATOR = "`discriminator` nomeia {name!r}, que não é um dos `fields` comuns."
DISCRIMINATOR_TYPE = "o discriminador deve ser um inteiro ou texto simples, sem scale, decimals nem enum."
DISCRIMINATOR_NULL = "o discriminador não pode ser nulo; deixe `null_values` e `on_error` de fora."

# the short form
STRUCT_TOO_LONG = "struct {text!r} tem mais de {most} valores; use `bytes` para um bloco de dados."
STRUCT_NAMES = "struct {text!r} tem {wanted} valores mas `names` tem {names}; dê um nome a cada valor."
NO_STRUCT = "struct {text!r} não é um formato struct ({reason})."
NATIVE_ALIGNMENT = (
    "struct {text!r} usa o alinhamento nativo, que nesta máquina faz o registro ter {native} bytes em vez de "
    "{standard}; escreva antes '<' (little endian) ou '>' (big endian), e 'x' para cada byte de preenchimento."
)
STRUCT_UNREADABLE = "struct {text!r} não pode ser lido em {rest!r}; veja a tabela de caracteres."
STRUCT_CHARACTER = "struct {text!r} usa {code!r}, que os leiautes não têm; use um de xcsbBhHiIlLqQefd?."
STRUCT_COUNT = "struct {text!r} tem uma contagem 0 antes de {code!r}; deixe-a de fora."
STRUCT_EMPTY = "struct {text!r} não tem valores; dê pelo menos um caractere como 'I'."

# the file
NO_JSON = "não é JSON: {reason}."
TOO_DEEP = "está aninhado fundo demais"
FIELDS_TOO_DEEP = "seus campos estão aninhados fundo demais."
KEY_TWICE = "a chave {key!r} aparece duas vezes num objeto"
NO_LAYOUT_FILE = "não é da forma {example}."
OTHER_VERSION = "sua versão é {version!r}; este motor lê a versão {known}."
UNKNOWN_KEY = "chave desconhecida {key!r} ao lado de `version` e `layouts`."
UNKNOWN_KEY_LIKE = "chave desconhecida {key!r}; quis dizer {like!r}?"
UNKNOWN_KEY_OF_LAYOUT = "chave desconhecida {key!r}; remova-a."
WRONG_VALUE = "{reason} (dado: {given!r})."
WRONG_VALUE_AT = "`{place}`: {reason} (dado: {given!r})."
NO_LAYOUTS = "não tem leiautes; acrescente um."
NO_LAYOUT_NAME = "um leiaute não pode se chamar {name!r}; escolha outro nome."
