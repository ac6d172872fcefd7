"""What the engine says of inputs that it does not read, in Portuguese."""

from __future__ import annotations

import stat

# paths
NO_PATH_CHARACTER = "{path} contém um caractere que nenhum nome de arquivo pode conter; corrija o caminho."
NO_PATH = "{path} não é um caminho: está vazio ou contém um byte NUL; corrija o caminho."
PARENT_COMPONENT = "Path traversal detected: {path} tem um componente '..'; dê o caminho sem ele."
OUTSIDE = (
    "Path traversal detected: {path} leva para fora das pastas permitidas ({allowed}); mova-o para uma delas, ou "
    "faça permitir a pasta dele, por ETL_ALLOWED_ROOTS ou na tela Sistema do console."
)
NO_FILE = "Não há um arquivo {path}; verifique o nome e a pasta."
NOWHERE = (
    "Não há um arquivo {path} nas pastas que as execuções podem ler ({allowed}); verifique o nome e a pasta, ou "
    "ponha o arquivo em uma delas."
)
NO_FOLDER = "Não há pasta {path}; escolha outra."
NO_DIRECTORY = "{path} não é uma pasta; escolha outra."
DANGLING_LINK = "{path} é um link simbólico que não aponta para nada; remova-o."
MAY_NOT_READ = "{path} não pode ser lido por este usuário; corrija as permissões."
KINDS = {
    stat.S_IFDIR: "uma pasta",
    stat.S_IFCHR: "um dispositivo de caracteres",
    stat.S_IFBLK: "um dispositivo de blocos",
    stat.S_IFIFO: "um FIFO",
    stat.S_IFSOCK: "um soquete",
    stat.S_IFLNK: "um link simbólico",
}
OTHER_KIND = "outra coisa"
NOT_REGULAR = "{path} é {kind}, não um arquivo comum; copie o conteúdo para um arquivo."
NO_FILES_IN_FOLDER = "A pasta {path} não tem arquivos para ler{passed}. Indique outras entradas."
NO_FILE_MATCHES = "Nenhum arquivo serve a {path}{passed}. Indique outras entradas."
PASSED_OVER = "; deixados de lado: {names}"
AND_MORE = " e mais {number:,}"
NOTE_PASSED_OVER = "Deixados de lado sob as entradas ({number:,}): {names}."
NOTE_UNION = "Nem todos os {files:,} arquivos têm todas as colunas: {columns}. Lá elas são nulas."
LACKS_COLUMN = "{name} falta em {number:,} ({files})"
NOTE_WIDENED = "Tipos que foram ampliados para que todo valor caiba: {columns}."
WIDENED = "{name} de {former} para {type}"
NOTE_SKIPPED = "Pulados porque não podem ser lidos ({number:,}); o primeiro: {first}"
ALL_REFUSED = "Nenhum dos {number:,} arquivos pode ser lido; o primeiro: {first}"
HIVE_CLASH = (
    "{path} tem uma coluna {name!r} e está numa pasta que também dá um valor a {name!r}; deixe --hive de fora ou "
    "renomeie uma."
)
HIVE_TWICE = "{path} está em duas pastas que dão um valor a {name!r}; deixe --hive de fora ou renomeie uma."
NOT_ONE_FILE = "{path} não é um arquivo só; escolha um arquivo."
FOLDER_NOT_LISTED = "{folder} não pode ser listada: {reason}. Corrija as permissões."
UNUSABLE = "{path} não pode ser usado: {reason}; corrija o caminho ou as permissões."
FILE_UNREADABLE = "O arquivo não pôde ser lido ({reason})."
NAME_UNREADABLE = "{name} não pode ser lido: {reason}."

# reading
EMPTY = "{path} está vazio. Tire-o da entrada ou grave-o de novo."
LONG_FIRST_RECORD = (
    "{path} começa com um registro que não termina em {most:,} bytes, então não se sabe quais são as colunas. Ponha "
    "um "
    "cabeçalho acima dele; se as aspas no começo são uma letra, diga --quote none."
)
BLANK = "{path} só tem linhas em branco. Tire-o da entrada ou grave-o de novo."
UNREADABLE = "{path} não pode ser lido ({reason}). Verifique as permissões."
CANNOT_READ = "Não foi possível ler {path}: {reason}. Verifique as permissões."
UNREADABLE_AT = "{path} não pode ser lido no byte {offset} ({reason}, {attempts} tentativas). Verifique o disco dele."
UNREADABLE_DISK = "{path} não pode ser lido ({reason}). Verifique o disco em que está."
CHANGED = {
    "shorter": "{path} ficou mais curto enquanto era lido. Execute de novo com um arquivo em repouso.",
    "rewritten": "{path} foi regravado enquanto era lido. Execute de novo com um arquivo em repouso.",
    "replaced": "{path} foi trocado por outro arquivo enquanto era lido. Execute de novo com um arquivo em repouso.",
    "removed": "{path} foi removido enquanto era lido. Ponha-o de volta e execute de novo.",
}
PACKED_DAMAGED = "{path} não pode ser descomprimido ({reason}). Copie-o de novo da origem ou descomprima-o."
PACKED_CUT = "termina cedo demais"
PACKED_RATIO = "o conteúdo é mais de {most:,} vezes maior que o arquivo"
PACKED_MEMBERS = "é um pacote de {number} arquivos, e só um pode ser lido"
PACKED_ENCRYPTED = "está criptografado"
PACKED_METHOD = "está comprimido pelo método {number} do zip, que não é lido"
GROWN = "{path} cresceu enquanto era lido: foram lidos os primeiros {size:,} bytes, os que tinha no começo."
REMOVED = "{path} foi removido enquanto era lido: tudo foi lido como estava no começo."
SHORTER_LOOK = "{path} ficou mais curto enquanto era lido. Olhe de novo quando estiver em repouso."
IS_OUTPUT = "{path} é ao mesmo tempo entrada e saída; grave em outro arquivo."
TOO_LARGE = "A entrada tem {size:.3g} GB, acima de --max-size-gb {most:g}; aumente-o ou divida a entrada."
OVER_LIMIT = (
    "A entrada tem {size:.3g} GB, mais que os {most:.3g} GB que uma execução pode ler aqui; divida-a ou peça que o "
    "limite seja aumentado na tela Sistema do console."
)

# formats
FITS_NO_READER = (
    "{path} não serve a nenhum leitor (tentados: {tried}). Indique o leiaute dos registros com --layout, ou "
    "descreva-o em um arquivo para --struct-config."
)
TRIED_TEXT = "texto: caracteres de controle demais"
TRIED_PARQUET = "Parquet: sem PAR1 no começo"
BAD_DELIMITER = "O delimitador {given!r} não serve: indique um sinal ou vários numa linha, como , ou ; ou tab."
BAD_SIGN = "{name}: {given!r} não serve; indique um sinal ASCII, ou none."
SAME_SIGN = "Delimitador, aspas, escape e comentário devem ser sinais diferentes."
BAD_HEADER = "O cabeçalho {given!r} não é conhecido: diga yes, no ou quantas linhas ele tem."
UNKNOWN_ENCODING = (
    "--encoding {given!r} não é uma codificação de texto; indique uma como utf-8, cp1252, cp1251, shift_jis, gb18030 "
    "ou utf-16."
)
STATEFUL_ENCODING = (
    "--encoding {given!r} não pode ser lida em pedaços, porque um byte significa uma coisa aqui e outra ali; "
    "converta "
    "o arquivo para UTF-8 antes."
)
ENCODING_DOUBTFUL = (
    "Os caracteres foram lidos como {chosen}, e {other} serviria quase tão bem: olhe para eles, e indique a certa "
    "com "
    "--encoding onde estiverem errados."
)
ABOVE_THE_TABLE = (
    "{path}: {number} linhas acima da tabela foram puladas e estão nos metadados; --skip-lines e --header dizem "
    "outra "
    "coisa."
)
ONE_LINE_ABOVE = (
    "{path}: uma linha acima da tabela foi pulada e está nos metadados; --skip-lines e --header dizem outra coisa."
)
ROW_NAMES = "{path}: o cabeçalho não tem nome para a primeira coluna, que foi chamada de {name}."
TAIL = "{path}: não há nada depois do último delimitador de nenhuma linha, o que não conta como coluna."
SPACES = "{path}: os espaços depois de cada delimitador foram tomados como parte dele; --delimiter diz outra coisa."
COMMENTS = (
    "{path}: as linhas que começam com {sign} foram tomadas por comentários e puladas; --comment none diz outra coisa."
)
HEADER_ROWS = "{path}: os nomes das colunas foram juntados de {number} linhas; --header diz outra coisa."
NO_HEADER = "{path}: a primeira linha foi tomada por dados, e as colunas foram numeradas; --header diz outra coisa."
BLANKS = "uma sequência de espaços"
ODD_DELIMITER = "{path}: {delimiter} foi tomado como delimitador; --delimiter diz outra coisa."
ENCODING_DAMAGED = (
    "Alguns bytes não são UTF-8, e nenhuma outra codificação serve bem, {other} é a melhor: as linhas deles são "
    "rejeitadas. Se o arquivo está em outra codificação, indique-a com --encoding."
)
OTHER_FORMAT = "{path} é {name}. Descomprima-o ou exporte-o antes para CSV, Parquet ou registros."
NO_WHOLE_PARQUET = "{path} não é um arquivo Parquet inteiro ({reason}). Copie-o de novo da origem."
ROW_GROUP_UNREADABLE = (
    "{path}: o grupo de linhas {number} não pode ser lido ({reason}). O arquivo está danificado; grave-o de novo."
)
TOO_MUCH_MEMORY = (
    "{path}: {part} ocupa mais memória que os {most:,} bytes que há para um bloco. Aumente --chunk-bytes, ou grave o "
    "arquivo de novo com valores, listas ou páginas menores."
)
TOO_MUCH_MEMORY_AT_ONCE = (
    "{path} ocupa de uma vez mais memória do que há para um bloco com um registro de {most:,} bytes. Diminua "
    "--max-record-bytes para que registros mais longos sejam rejeitados, ou use menos --workers e um --chunk-bytes "
    "maior."
)
PART_FOOTER = "o rodapé"
PART_ROW_GROUP = "o grupo de linhas {number}"
TOO_MANY_CELLS = (
    "{path} não é lido: o rodapé fala de {rows:,} linhas em {size:,} bytes, mais que {most:,} células de {cell} "
    "bytes "
    "para cada um deles, como só faz um arquivo feito para encher uma memória ou um disco. Divida-o se as linhas "
    "forem "
    "a sério."
)
NAME_NO_TEXT = "o nome de uma coluna não é UTF-8"
ROWS_MISSING = "tem menos linhas do que o rodapé diz"
ENCRYPTED_PARQUET = (
    "{path} é um arquivo Parquet criptografado ou com colunas criptografadas. Grave-o de novo sem criptografia."
)
NESTED_INT96 = (
    "{path}: a coluna aninhada {name} contém tempos INT96 fora dos anos 1677 a 2262, que não podem ser lidos sem "
    "mudar. Grave os tempos com 64 bits."
)
NO_COLUMNS = "{path} é um arquivo Parquet sem colunas. Tire-o da entrada."
RECORD_TOO_LONG = (
    "{path}: um registro perto do byte {offset} tem mais de {most} MiB, longo demais para uma estimativa; execute-o."
)
NOT_WHOLE_RECORDS = (
    "decode recebeu {size} bytes, que não são um número inteiro de registros de {record_size} bytes ou são mais que "
    "{most}; isto é um erro do programa, avise-nos."
)
RECORD_FAILS = (
    "Registro {record} de {source} (byte {offset}): {detail} O leiaute {layout!r} dá a este campo `on_error: fail`; "
    "corrija o arquivo ou o leiaute."
)

# values
WOULD_BE_TYPED = "Texto que parece números ou datas: {names}. Com {options} seriam isso no Parquet."
EITHER = " ou "
NOTHING_TO_NORMALISE = (
    "--normalise não teve o que fazer: não foi dado --decimal, --thousands, --date-order nem --null, e os valores "
    "são "
    "lidos pelo que é declarado."
)
NOT_ESCAPED = (
    "--no-escape: as células que uma planilha executaria estão no CSV como eram; não o abra numa planilha se não "
    "confia nos dados."
)
OWN_OUTPUT = (
    "{path} é uma saída CSV de uma execução anterior, byte por byte: os apóstrofos postos antes de células que uma "
    "planilha executaria são tirados de novo."
)

# armazenamentos de objetos
NO_SCHEME = "{url}: só objetos de s3:// e gs:// são lidos e escritos; copie-o para lá, ou para uma pasta, antes."
NO_URL = "{url!r} não nomeia um objeto; escreva como s3://bucket/chave, sem parte vazia, `.` ou `..`."
NO_BUCKET = "{url}: o armazenamento não tem o bucket {bucket}; crie-o ou corrija o nome."
OBJECT_DENIED = "{url} não pode ser lido com estas credenciais, ou o tempo delas acabou ({reason})."
STORE_FAILED = "O armazenamento de {url} não responde como deveria ({reason}); tente mais tarde."
