"""What is said by the Rejects screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Rejeitados"
LEAD = "Registros que não puderam ser lidos, por motivo, com os seus bytes."
EMPTY = "Nenhuma execução rejeitou um registro. Quando uma rejeitar, o registro, o lugar e o motivo aparecem aqui."
GOES_ON = "A execução ainda está em andamento, com {rejects} até agora; são mostrados aqui quando ela terminar."
NOTHING = "Esta execução não rejeitou nada."
GONE = "O arquivo com os rejeitados desta execução sumiu; só restam as contagens."
UNREADABLE = "Linhas do arquivo que estão cortadas: {number}. A execução foi parada enquanto as gravava."
REASONS = "Por motivo"
REASON_LEAD = "Quantos registros foram rejeitados por qual motivo."
LIST = "Registros"
NO_FIELD = "(sem campo)"

# record
REASON = "Motivo"

# view
SOURCE = "Origem"

# record
FIELD = "Campo"

# view
FIRST = "Primeira página"
BACK = "Voltar"
NEXT = "Avançar"
LAST = "Última página"
SHOWN = "{first} a {last} de {total}"
COUNTING = "do arquivo contado; filtros e páginas seguintes alcançam até aí"
NONE_FIT = "Nenhum registro serve a estes filtros."
NOT_YET = "Nenhum dos contados até agora serve; o arquivo ainda está sendo contado."
RECORD = "Registro"
DOWNLOAD_ALL = "Baixar rejects.jsonl"
DOWNLOAD_SOME = "Baixar os que servem"
ON_DISK = "Os rejeitados estão em {path}."
TO_RUN = "Ver a execução"
REJECTED = "Rejeitados"
OF_ALL = "{share} de todos os registros"
REASONS_CARD = "Motivos"
VIEW_NUMBER = "Nº"
REASON_COLUMN = "Motivo"
FIELD_COLUMN = "Campo"
SOURCE_COLUMN = "Origem"
OFFSET_COLUMN = "Posição"
RECORD_COLUMN = "Registro"
DETAIL_COLUMN = "Detalhe"
BYTES_COLUMN = "Em bytes"
PLACE_IN_FILE = "{name} no byte {offset}"
ANY = "qualquer"

# record
DETAIL = "O registro"
WHAT = "O que está errado"
UPLOADED = "{name}, enviado e guardado como {path}"
RECORD_SOURCE = "Arquivo de origem"
OFFSET = "Posição em bytes"
NUMBER = "Número do registro"
LENGTH = "Comprimento"
BYTES = "Os bytes"
BYTES_LEAD = "Posição, hexadecimal e texto, dezesseis bytes por linha."
TEXT = "O mesmo como texto"
PART = "Do byte"
PART_HELP = "O registro é longo; é mostrado a partir deste byte."
PART_SHOWN = "Bytes {first} a {last} de {total}."
AROUND = "Em volta dele no arquivo"
AROUND_LEAD = "Lido agora mesmo do arquivo de origem, que ainda tem o registro no seu lugar."
BEFORE = "Antes"
RECORD_RECORD = "O registro"
AFTER = "Depois"
RECORD_CUT = "O registro (os primeiros {shown} de {total} bytes)"
COMMANDS = "O mesmo pelo terminal"

# replay
MEND = "Corrigir e ler de novo"
MEND_LEAD = (
    "Diga como estes registros devem ser lidos, ou corrija antes o leiaute ou o esquema. Só eles são lidos com "
    "isso: linhas já gravadas ficam como estão, e o que passa recebe o seu lugar em uma nova versão das saídas."
)
TO_LAYOUTS = "Corrigir o leiaute"
APPEND = "Acrescentar ao fim"
APPEND_HELP = "O que passa fica depois de todas as outras linhas, não no seu lugar."
TRY = "Ver quantos passariam"
REPLAY = "Ler de novo"
PASS = "Passariam"
SKIP = "Vazios ou comentários"
STAY = "Ainda rejeitados"
OF_THEM = "de {number}"
OF_FIRST = "dos primeiros {number}"
LEFT = "{reason} ({number})"
