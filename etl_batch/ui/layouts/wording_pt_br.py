"""What is said by the Layouts screen, in Portuguese."""

from __future__ import annotations

from etl_batch.layouts import Speaks

# view
TITLE = "Leiautes"
LEAD = "Como os bytes de um registro são lidos: listar, editar, experimentar em um arquivo."
BROKEN = "{problem} Execuções que detectam o seu leiaute são recusadas até que isto seja corrigido."
CHOOSE = "Leiaute"
CHOOSE_HELP = "O leiaute sobre o qual ler abaixo."
SHIPPED = "vem junto"
HOME = "desta casa"
INSTEAD = "desta casa, no lugar do que vem junto"
EDIT = "Editar"
DUPLICATE = "Duplicar"
DELETE = "Apagar"

# editor
NEW = "Novo leiaute"

# view
SHIPPED_STAYS = "Vem com o motor e fica como está. Duplique-o e edite a cópia."
SURE = (
    "Apagar {name} de vez? Execuções, predefinições e agendamentos que o citam serão recusados. A versão anterior "
    "do arquivo fica ao lado dele como cópia."
)
SURE_SHIPPED = "Apagar {name} desta casa? Volta a valer o leiaute desse nome que vem junto."
REALLY = "Apagar"
KEEP = "Manter"
DELETED = "O leiaute {name} foi apagado."

# editor
FIELDS = "Campos"

# view
FIELDS_LEAD = "Na ordem do leiaute. Sem um registro à mão, os exemplos são valores que as regras deixam passar."

# editor
MAP = "O registro, byte a byte"

# view
MAP_LEAD = "Cada bloco é um campo com os seus bytes; as cores são as da vista hexadecimal."
TEXT = "O leiaute como JSON"
MISTAKES = "Erros deste leiaute"
ORIGIN = "De onde"
RECORD_BYTES = "Bytes por registro"
COLUMNS = "Colunas"
STRATUM = "Estrato"
MEASURES = "Medidas"
FILES = "Arquivos"
DESCRIPTION_COLUMN = "Descrição"
BROKEN_BY = "com erro: {mistakes}"
ENDIAN_NOTE = "ordem dos bytes: {endian}"
AND_SKIPPED = "e {fields}"
SPLITS_THE_SAMPLE = "divide a amostra"
TOTALS_ESTIMATED = "totais estimados"

# drawing
NO_MAP = "Nenhum campo tem um lugar ainda."
TYPE = "Tipo de registro {name}"
LABEL = "Bytes de um registro"
OVERLAP = "sobreposição: {names}"
OUTSIDE = "além do fim: {names}"
MORE = "São desenhados os primeiros {limit} blocos de {count}."
FIRST_TO_LAST = "{first} a {last}"
FIELD_COLUMN = "Campo"
OFFSET = "Posição"
BYTES = "Em bytes"
TYPE_COLUMN = "Tipo"
ENDIAN = "Ordem dos bytes"
COLUMN = "Coluna"
NOT_WRITTEN = "não gravado"
EXAMPLE = "Exemplo"
RULES_AND_NOTES = "Regras e observações"
GAP = "lacuna"

# editor
EMPTY = "Nada está aberto aqui. Comece um novo leiaute, ou escolha um em Leiautes e edite-o ou duplique-o."
NAME = "Nome"
NAME_HELP = (
    "Como as execuções o chamam. Mudar o nome de um leiaute salvo faz falhar execuções e predefinições que usam o "
    "antigo."
)
EDITOR_TEXT = "Leiaute como JSON"
TEXT_HELP = (
    "A forma curta (struct e names) ou a longa (fields); docs/layouts.md tem todas as chaves. Verificado ao sair do "
    "campo ou com Ctrl+Enter."
)
SAVE = "Salvar leiaute"
LEAVE = "Fechar sem salvar"
SAVE_BROKEN = "Corrija o que está marcado; então pode ser salvo."
SAVED = "O leiaute {name} está salvo. As execuções que começam a partir de agora o usam."
WHOLE_LAYOUT = "Sem erros: registros de {size}, {columns}."
EDITOR_MISTAKES = "O que está errado no leiaute"
FIELD = "Campo {name}:"
LAYOUT = "Leiaute:"
OVERRIDES = "Um leiaute deste nome vem com o motor; nesta casa vale o seu no lugar dele."
UNSAVED = "Ainda não salvo. A vista hexadecimal e Qual leiaute serve podem usá-lo como está aqui."
TABLE = "Mudar os campos em uma tabela"
TABLE_HELP = "Vale o texto acima: a tabela o acompanha, e as mudanças dela passam para ele com o botão abaixo."
TABLE_LABEL = "Campos como tabela"
APPLY = "Passar a tabela para o texto"
LONG = "Escrever a forma curta como campos"
NO_TABLE = "A tabela mostra a lista `fields` do texto, assim que ele puder ser lido."
OTHERS = "Outras chaves"
DESCRIPTION = "O que são os registros."

# files
NOTHING_FITS = "não é texto nem Parquet, e nenhum leiaute salvo serve."

# fits
SCORES = "Pontuações"
FITS_LEAD = "O melhor primeiro. A pontuação é aquela pela qual uma execução com leiaute automático decide."
CHOSEN = "Uma execução com leiaute automático lê este arquivo com o leiaute {name}."
CHOSEN_OTHER = "Uma execução com leiaute automático lê este arquivo como {format}, sem leiaute de registros."
NOT_CHOSEN = "Uma execução com leiaute automático recusaria este arquivo: {reason}"
SCORE = "serve em {share}"

# hex
NO_LAYOUT = "Nenhum leiaute pode ser usado; veja acima o que está errado."

# fits
WORDS = {Speaks.FOR: "a favor", Speaks.AGAINST: "contra", Speaks.NEITHER: "sem prova"}
SEE = "Ver em hexadecimal"
LAUNCH = "Iniciar uma execução com este arquivo"

# hex
DRAFT = "Nenhum leiaute serve a este arquivo. Pode-se fazer um rascunho a partir dos bytes: {reasons}"
NO_DRAFT = "Nenhum leiaute serve a este arquivo, e não se pode fazer um rascunho a partir dos bytes: {reasons}"
USE_DRAFT = "Usar este rascunho"
USE_DRAFT_HELP = "Abre-o no editor: dê nomes aos campos, corrija o que está errado, e salve."
HEX_LAYOUT = "Leiaute"
LAYOUT_HELP = "O leiaute com que ler o arquivo; um que está aberto no editor pode ser experimentado antes de ser salvo."
PLAIN = "Uma execução lê este arquivo como {format}, sem leiaute de registros. Seus bytes estão aqui como são."
PLAIN_CHOICE = "Nenhum: os bytes como estão"
PLAIN_HELP = "O arquivo é mostrado em partes de {bytes} bytes."
PLAIN_TITLE = "Bytes do arquivo"
PLAIN_PLACE = "Bytes {first} a {last} de {size}."
RECORD = "Registro"
RECORD_HELP = "Qualquer registro do arquivo; o primeiro é 1, como na lista de rejeitados."
COUNT = "Registros mostrados"
COUNT_HELP = "Quantos registros aparecem um abaixo do outro."
START = "Do byte"
START_HELP = "Registros longos são mostrados em partes de {bytes} bytes."
NEXT = "Próximo registro recusado"
NEXT_HELP = "Procura um registro que uma execução rejeitaria, a partir do seguinte a este."
NONE_LEFT = "Nenhum registro a partir de {start} seria rejeitado."
GO_ON = "Nenhum registro de {start} a {end} seria rejeitado; pressione de novo para procurar mais."
HEAD = "Registro {record}"
PLACE = "Bytes {first} a {last} do arquivo."
REFUSED = "Uma execução rejeitaria este registro:"
VALUES = "Valores"
IN_HEX = "Em hexadecimal"
VALUE = "Valor"
IN_HEX_OF = "{record} em hexadecimal"
VALUE_OF = "Valor de {record}"
HEX_LABEL = "Bytes do registro {record}"
VALUES_LABEL = "Campos e seus valores"
FIRST_AT = "o primeiro no byte {place}"
FILE_CARD = "Arquivo"
RECORDS_CARD = "Registros"
RECORD_CARD = "Registro"
HEADER_CARD = "Cabeçalho"
HEADER_NOTE = "antes do primeiro registro"
LEFT_OVER = "Sobra"
LEFT_OVER_NOTE = "depois do último registro"

# hex_view
NOTHING = "sem valor"
NO_FIELD = "nenhum campo"
AS_NOTHING = "{why}; lido como sem valor"
HEX_VIEW_TITLE = "{name} ({kind}, {place}): {value}"
ONE_BYTE = "no byte {place}"
BYTES_TO = "bytes {first} a {last}"
ONE_BIT = "{place}, no bit {bit}"
BITS_TO = "{place}, bits {first} a {last}"

# pick
FILE = "Arquivo"
FILE_HELP = "Um arquivo em data/. Outro das pastas permitidas pode ser digitado, como output/x.bin."
NO_FILES = "Ainda não há arquivo em {folder}; ponha um lá, ou digite o caminho de outro."
EDITED = "{name}, como está no editor"

# state
LIST_TAB = "Leiautes"
EDITOR_TAB = "Edição"
HEX_TAB = "Vista hexadecimal"
FITS_TAB = "Qual leiaute serve"
