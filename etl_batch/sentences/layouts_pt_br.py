"""What the engine says of record layouts, in Portuguese."""

from __future__ import annotations

# files of layouts
UNREADABLE_FLAG = "Não foi possível ler o arquivo de leiautes {path}: {reason}. Verifique --struct-config."
UNREADABLE = "Não foi possível ler o arquivo de leiautes {path}: {reason}. Corrija as permissões."
NO_UTF8 = "O arquivo de leiautes {path} não é texto UTF-8; salve-o como JSON em UTF-8."
NO_JSON = "{source} não é um arquivo de leiautes: {reason}. Corrija o JSON."
PROBLEM = "1 problema em {source}: {told}. Corrija o arquivo; `layouts check` o testa."
PROBLEMS = "{count} problemas em {source}: {told}. Corrija o arquivo; `layouts check` o testa."

# the layouts of a home
TOO_LONG = "O leiaute {name!r} tem mais de {most:,} caracteres; use arrays (`count`)."
EXISTS = "Já há um leiaute {name!r} nesta casa; escolha outro nome."
EXISTS_EDIT = "Já há um leiaute {name!r} nesta casa; escolha outro nome, ou edite aquele."
SHIPPED = "O leiaute {name!r} vem com o motor e fica; salve um próprio ao lado dele."
GONE = "Não há mais um leiaute {name!r} nesta casa; abra a lista de novo."
CHANGED_MEANWHILE = "O leiaute {name!r} foi alterado por outra pessoa enquanto isso; abra-o de novo, depois altere-o."
NO_NAME = "O nome de um leiaute tem de 1 a {most} caracteres e nenhum espaço em volta; corrija {name!r}."

# records in a file
NO_ROOM_FOR_FRAME = (
    "O arquivo tem {size} bytes, menos que o cabeçalho de {header} e o rodapé de {footer} que o leiaute {layout!r} "
    "lhe "
    "dá; está cortado ou é de outro leiaute."
)
NO_RECORD = (
    "O arquivo tem {body} bytes para registros mas um registro do leiaute {layout!r} ocupa {record_size} bytes; está "
    "vazio, cortado ou é de outro leiaute."
)
FEWER_THAN_ANNOUNCED = (
    "O arquivo anuncia {announced} registros de {record_size} bytes mas só tem lugar para {whole}; está cortado: "
    "busque-o de novo, ou tire `record_count` do leiaute {layout!r} para ler o que há."
)
TRAILING = (
    "{trailing} bytes seguem o último registro no byte {offset}, o que o leiaute {layout!r} chama de erro; busque o "
    "arquivo de novo, ou ponha `trailing_bytes` em dead_letter ou ignore."
)
NOTHING = "nada"
WRONG_MAGIC = "O arquivo tem {found} no byte {offset} onde o leiaute {layout!r} tem {expected}; escolha outro leiaute."
KEY_OUTSIDE = (
    "O arquivo tem {size} bytes, então `{key}` do leiaute {layout!r} não pode ser lido no byte {offset}; está "
    "cortado "
    "ou é de outro leiaute."
)
WRONG_KEY = "O arquivo dá {value} como `{key}` do leiaute {layout!r}; escolha outro leiaute."
WORDS_CHANGED = (
    "As palavras antes dos registros do leiaute {layout!r} não são as planejadas; o arquivo foi alterado enquanto "
    "era "
    "lido: execute de novo."
)
NO_PLACES = (
    "Os registros do leiaute {layout!r} não têm tamanho fixo, então nenhum pode ser achado pelo número; execute o "
    "arquivo, ou veja os rejeitados."
)
NO_RECORD_WORDS = "Não foi achado um lugar do qual as palavras antes dos registros levem de um ao próximo."
WORDS_LEAD = "As palavras antes de {records} levam de um ao próximo."
WORDS_DAMAGED = "As palavras antes de {records} levam de um ao próximo em {share:.1%} dos bytes vistos."

# files whose own header says what a record is
NO_HEADER = "{path} não tem um cabeçalho do formato {name!r}; escolha outro leiaute, ou deixe-o à detecção."
BAD_HEADER = (
    "{path} tem um cabeçalho do formato {name!r} que não pode ser lido: {reason} Busque o arquivo de novo, ou "
    "escreva "
    "um leiaute."
)
HEADER_CUT_OFF = "o arquivo termina dentro dele."
NPY_VERSION = "sua versão é {version} e seu tamanho {length} bytes, o que não é conhecido."
NPY_LITERAL = "seu texto não é um dicionário com descr, fortran_order e shape."
NPY_SHAPE = "a forma {shape} não tem registros."
NPY_FORTRAN = "o array está na ordem do Fortran, então suas linhas não ficam lado a lado; salve-o na ordem do C."
NPY_TYPE = "o tipo {type!r} não tem bytes fixos que pudessem ser lidos."
TOO_MANY_VALUES = "cada um dos seus elementos tem {count:,} valores; no máximo {most:,} podem ser colunas."
LAS_COMPRESSED = "seus pontos estão comprimidos (LAZ); descomprima-o antes."
LAS_FORMAT = "é LAS {version}, formato de ponto {form}; podem ser lidos os formatos 0 a 3 do LAS 1.0 a 1.4."
LAS_SIZES = "dá {size} bytes por ponto a partir do byte {first}, de menos para o seu formato."
FITS_NO_TABLE = "não há tabela binária nele."
FITS_KEY = "{key} é {value}, o que não pode ser."

# how well a file fits
NO_WHOLE_RECORD = "Não há um registro inteiro a olhar."
IS_TEXT = "Todo byte é de texto, onde este leiaute tem números em binário: o arquivo é um arquivo de texto."
NOTHING_CAN_BE_WRONG = (
    "Nada em {records} pode estar errado: quaisquer bytes são números, e não há texto nem regra a verificar."
)
IMPOSSIBLE = "{wrong:,} de {records} ({share:.1%}) contêm um valor impossível: {told}."
IMPOSSIBLE_AND_OTHERS = "{wrong:,} de {records} ({share:.1%}) contêm um valor impossível: {told} e outros."
SAMPLED = "{records:,} registros amostrados"
SAMPLED_ONE = "1 registro amostrado"
WRONG = {
    "invalid_text": "não é texto válido",
    "odd_text": "tem preenchimento antes do fim ou caracteres que ninguém imprime",
    "invalid_number": "não é um número",
    "invalid_enum": "tem um valor que o leiaute não nomeia",
    "invalid_bool": "não é nem 0 nem 1",
    "invalid_timestamp": "está fora dos anos 1 a 9999",
    "const_mismatch": "não é a constante que deve estar ali",
    "pattern_mismatch": "não serve ao seu padrão",
    "out_of_range": "está fora dos seus limites",
    "wrong_length": "termina cedo demais, ou o registro é maior que o tipo",
    "unknown_record_type": "não nomeia um tipo de registro do leiaute",
}
WRONG_FIELD = "{name!r} {why} ({count:,})"
NOTHING_WRONG = "Nenhum valor em {records} é impossível (campos que podem dizer: {rules})."
MAGIC_FOUND = "Os bytes mágicos {magic} estão no byte {offset}."
NAME_OTHERWISE = "O nome do arquivo não serve a {globs}."
NAME_FITS = "O nome do arquivo serve a {globs}."
SIZE_FITS = "O tamanho é de {records}, sem sobra."
SIZE_LEFT = "O tamanho é de {records} e {left:,} bytes de sobra."
RECORDS_OF_BYTES = "{records:,} registros de {size:,} bytes"
ONE_OF_BYTES = "1 registro de {size:,} bytes"

# a draft of a layout
DRAFT = "Um rascunho, adivinhado dos bytes: dê nomes aos campos, e corrija o que está errado."
TOO_SMALL_TO_GUESS = "O arquivo é pequeno demais para adivinhar um tamanho de registro."
NO_PERIOD = (
    "Nenhum tamanho de registro explica os bytes: são ruído, dados comprimidos ou criptografados, texto, todos "
    "iguais, "
    "ou registros de tamanhos diferentes."
)
PERIOD = (
    "Bytes a {length:,} de distância se parecem: registros desse tamanho explicam {gain:.1f} de {entropy:.1f} bits "
    "por "
    "byte."
)
AFTER_HEADER = "{records} depois de um cabeçalho de {header:,} bytes"
GUESSED = {
    "byte": "um byte de qualquer valor",
    "padding": "zero em todos os registros amostrados",
    "constant": "o mesmo em todos os registros amostrados",
    "text": "imprimível, preenchido no fim",
    "zoned": "dígitos em EBCDIC",
    "packed": "dois dígitos por byte e um sinal no fim",
    "number": "seus bytes altos têm menos valores que os baixos",
    "count": "cresce de registro em registro",
    "time": "um momento dos anos 1990 a 2040",
    "float": "seus expoentes ficam próximos",
}
