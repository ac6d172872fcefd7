"""What is said of a layout that is imported from another language, in Portuguese."""

from __future__ import annotations

# places
IN_LINE = "Linha {line}: {why}"
IN_FIELD = "Linha {line}, campo {field!r}: {why}"

# files
UNREADABLE = "Não foi possível ler {path}: {reason}. Verifique o caminho."
FILE_TOO_LARGE = "O arquivo tem mais de {most:,} bytes; recorte o registro desejado."
NO_TEXT = "{path} contém bytes NUL, então não é texto; indique a descrição dos registros, não os registros."
NO_LANGUAGE = "{path} não é nenhum de {known} pelo nome nem pelo conteúdo; diga qual com --format."
ENCODING = "--encoding: {reason}"
EXISTS = "{path} já existe; indique outro arquivo com -o, ou remova-o antes."
CANNOT_WRITE = "Não foi possível gravar {path}: {reason}. Indique outro arquivo com -o."
FROM = "Importado de {file}."
SAVED = "O leiaute {name!r} foi salvo; as execuções que começarem a partir de agora o usam."
WRITTEN = "O leiaute {name!r} foi gravado em {path}."

# records
NO_RECORDS = "Nenhum registro é descrito aqui; indique um arquivo que descreva um."
SEVERAL_RECORDS = "Vários registros são descritos aqui; escolha um com --record: {known}."
NO_RECORD = "Não há registro {name!r} aqui; há {known}."
TOO_LONG = "o que está aqui é longo demais para uma descrição de registros; recorte o registro desejado."
TOO_LARGE = "o registro é maior que o de qualquer leiaute; recorte o registro desejado."
TOO_DEEP = "os registros estão aninhados fundo demais; traga-os um nível de cada vez."
NESTED_TOO_DEEPLY = "Está aninhado fundo demais; torne-o mais plano."
TOO_MANY_FIELDS = "o registro tem mais de {most:,} campos; use bytes para um bloco de dados."
ARRAY_SIZE = "um array de {count} elementos não existe num leiaute (1 a {most:,}); use bytes para um bloco de dados."
NO_MEMBERS = "o registro não tem campos; dê-lhe um."
BITS_ACROSS = "os bits passam por mais bytes do que tem um inteiro próprio deles; descreva estes bytes como um array."
UNKNOWN_TYPE = "{type!r} não é um tipo definido aqui; ponha a definição dele no arquivo."

# COBOL
NO_PERIOD = "a entrada não termina com um ponto; acrescente-o."
OPEN_LITERAL = "um literal não está fechado; feche-o na linha, ou continue-o com - na coluna 7."
NO_LEVEL = "{word!r} não é um número de nível; dê um copybook, sem o programa em volta."
COPY = "{word} traz outro arquivo, que não é seguido; ponha o texto dele aqui."
OTHER_LEVEL = "o nível {level} não é de um registro; tire a entrada."
RENAMES = "o nível {level} (RENAMES) nomeia bytes pela segunda vez, o que um leiaute não pode; tire a entrada."
LEVEL_FITS_NOTHING = "o nível {level} não é o de nenhuma entrada antes dele; corrija o nível."
CONDITION_OF_NOTHING = "uma condição (nível 88) não segue nenhum item; tire-a."
PICTURE_OF_GROUP = "tem uma picture e itens dentro; corrija os níveis."
UNKNOWN_CLAUSE = "{word!r} não é uma cláusula conhecida aqui; tire-a."
CLAUSE_OF_NOTHING = "{word} não diz nada; complete a cláusula."
CLAUSE_OF_RECORD = "OCCURS e SYNCHRONIZED não vão com um registro; tire a cláusula."
OTHER_USAGE = "um leiaute não tem tipo para o uso {usage}; descreva estes bytes como PIC X."
TEXT_USAGE = "uma picture de texto não tem o uso {usage}; corrija um dos dois."
DEPENDING = (
    "OCCURS com um número que varia (DEPENDING ON) faz registros de tamanhos diferentes; importe-o com um número fixo, "
    "depois escreva o seu `count` como um campo e um máximo."
)
NO_PICTURE = "{picture!r} não é uma picture; corrija-a."
NO_PICTURE_NO_FIELDS = "não tem nem picture nem itens dentro; dê-lhe um dos dois."
EDITED_PICTURE = "{picture!r} é uma picture editada, que não é um número; descreva estes bytes como PIC X."
NATIONAL_PICTURE = "{picture!r} é texto nacional, que não é expresso; descreva estes bytes como PIC X."
DIGITS = "tem {digits} dígitos, dos quais {most} podem ser guardados; descreva estes bytes como PIC X."
BINARY_DIGITS = "um número binário de {digits} dígitos é maior que 8 bytes; descreva estes bytes como PIC X."
NATIVE_ORDER = "{usage} tem a ordem de bytes da máquina que o gravou; diga qual com --endian."
FLOAT_FORM = (
    "{usage} é IEEE 754 em algumas máquinas e a forma hexadecimal da IBM em mainframes, que não é expressa; diga "
    "--endian big ou little se o arquivo tem IEEE 754."
)
PICTURE_OF_FLOAT = "{usage} não tem picture; tire-a."
SYNCHRONIZED = (
    "SYNCHRONIZED acrescenta bytes pelas regras próprias de um compilador, porque o item não está na sua fronteira; "
    "ponha-os como FILLER e tire a palavra."
)
REDEFINES_NOTHING = "{target!r}, que ele redefine, não é um item antes dele neste grupo; corrija o nome."
REDEFINES_MORE = "é maior que {target!r}, que ele redefine; ponha o maior antes."
REDEFINED = "{field} (linha {line}) fica de fora: redefine {target}, que é lido."
CONDITIONS = "As condições de {field} (nível 88) ficam de fora: {names}."
BLANK_WHEN_ZERO = "{field} é BLANK WHEN ZERO: espaços são lidos como nenhum valor."

# C
NO_CONSTANT = "{expression!r} não é uma constante conhecida aqui; escreva o número."
WRONG_DIRECTIVE = "#{name} não pode ser lido; corrija a linha."
OPEN_CONDITION = "um #if não está fechado; acrescente o #endif."
UNDECIDED = "se {name!r} vale não se sabe pelo arquivo; decida e tire o #if."
ERROR_DIRECTIVE = "há um #error aqui; decida a condição em volta e tire-o."
ENDS_EARLY = "o arquivo termina antes da declaração; complete-a."
UNEXPECTED = "{word!r} não é esperado aqui; corrija a linha."
C_TYPE = "um leiaute não tem nada para o tipo C {type!r}; use um array de unsigned char para os bytes dele."
POINTER = "o valor de um ponteiro nada significa num arquivo; use um inteiro do tamanho dele."
UNION = "a union da linha {line} dá vários significados aos mesmos bytes; fique com um deles."
FLEXIBLE = "um array sem comprimento não tem tamanho fixo; dê-lhe um."
BIT_WIDTH = "um campo de {bits} bits não cabe no seu tipo; corrija-o."
BIG_BITS = "compiladores para máquinas big endian numeram os bits em outra ordem; tire os campos de bits, ou --endian."
ALIGNED = "um alinhamento próprio não é seguido; ponha o preenchimento como membros e tire o atributo."

# Kaitai
NO_YAML = "o YAML não pode ser lido; corrija-o."
YAML_ALIAS = "aliases não são seguidos; escreva por extenso o que significam."
YAML_KEY = "uma chave não é uma palavra, ou aparece duas vezes; corrija-a."
KAITAI_KEY = "`{key}` não tem lugar e tamanho fixos, ou não é conhecida; só o que é fixo pode ser importado."
KAITAI_ATTRIBUTE = "um atributo é um mapa de chaves; corrija-o."
KAITAI_ENDIAN = "a ordem dos bytes é `le` ou `be`; uma que depende do arquivo não pode ser importada."
KAITAI_NO_ENDIAN = "o número não tem ordem de bytes; dê `meta: endian`, ou diga --endian."
KAITAI_NO_ENCODING = "o texto não tem codificação; dê `meta: encoding`, ou diga --encoding."
KAITAI_REPEAT = "repete-se tantas vezes quantas os dados dizem, o que é possível uma vez, para os registros do arquivo."
KAITAI_BITS = "bits repetidos, mais de 64, ou em duas ordens lado a lado não são expressos; use `size`."
KAITAI_SIZE = "não tem tamanho fixo; dê `size` como um número."
KAITAI_SWITCH = "seu tipo depende dos dados; só o que é fixo pode ser importado."
KAITAI_TERMINATOR = (
    "o texto termina com bytes NUL ou espaços num leiaute; qualquer outro terminador ou preenchimento não é expresso."
)
KAITAI_TOO_SMALL = "seu `size` é de {size} bytes mas seu tipo ocupa {taken}; corrija um dos dois."
KAITAI_CONTENTS = "`contents` é texto ou uma lista de bytes, não repetido; corrija-o."
KAITAI_INSTANCE = "uma instância lida de outro lugar não é expressa; só o que segue em `seq` é."
UNKNOWN_ENUM = "`{name}` não é uma enumeração de números inteiros definida aqui; corrija-a."
INSTANCE = "{field} fica de fora: é calculado e não está em nenhum byte."
VALID = "A regra `valid` de {field} (linha {line}) fica de fora."
HEADER = "O cabeçalho de {size} bytes é pulado."

# NumPy
NO_DTYPE = "Não é um dtype do NumPy: {reason}. Dê um texto como i4,f8,S10 ou uma lista de nomes e tipos."
NUMPY_TYPE = "um leiaute não tem nada para o dtype {type!r}; use V e o tamanho para os bytes dele."
