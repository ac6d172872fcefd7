"""What is said by the Data screen, in Portuguese."""

from __future__ import annotations

from etl_batch.datasets.listing import OutputState

# view
TITLE = "Dados"
LEAD = "Todo arquivo que execuções gravaram: se ainda está como foi gravado, o que há nele, e suas cópias."
EMPTY = "Ainda não há saída. Inicie uma execução: o que ela grava aparece aqui."
SEARCH = "Buscar"
SEARCH_HELP = "Partes do caminho, em qualquer ordem."
NONE_FIT = "Nenhuma saída tem todas estas palavras no caminho; tire uma da busca."
OUTSIDE = (
    "Saídas fora das pastas permitidas não são mostradas ({number}). Um super_admin pode permitir de novo essas "
    "pastas na tela Sistema."
)
MORE = "São mostradas as {shown} saídas gravadas por último, de {total}; busque as outras pelo nome."
OUTPUT = "Saída"
STATES = {
    OutputState.NEWEST: "como gravada",
    OutputState.OLDER: "de uma execução anterior",
    OutputState.CHANGED: "mudada desde então",
    OutputState.MISSING: "não está lá",
}
CHANGED = (
    "Nenhuma execução do histórico gravou o que está aqui agora: foi mudado ou trocado por fora, ou a execução "
    "sumiu. Verifique, execute de novo, ou restaure uma cópia."
)
OLDER = (
    "Este arquivo tem os dados da execução {maker}: uma cópia foi restaurada. A execução mais nova que gravou aqui "
    "é {newest}."
)
MISSING = "O arquivo foi movido ou apagado. Execute de novo para gravá-lo outra vez, ou restaure uma cópia."
PATH = "Caminho"
SIZE = "Tamanho"
ROWS = "Linhas"
WRITTEN = "Gravada"
BY = "Gravada pela execução"
READ_FROM = "Lido de"
WROTE_NOTHING = "A execução {run_id} não gravou nada que esteja guardado aqui."
NOTED = "SHA-256 da execução"
NOTED_OF_MANIFEST = "SHA-256 do manifesto"
NOT_KNOWN = "não conhecido"
TO_RUN = "Ver a execução"
DOWNLOAD = "Baixar {name}"
PART = "Parte"
PART_LABEL = "{number}: {rows}, {size}"
CHECK = "Verificar o arquivo agora"
KINDS = {"csv": "CSV", "parquet": "Parquet"}
BACKUPS = "Cópias"
OUTPUTS = "Saídas"
SIZE_NOTE = "sem as cópias"
CHANGED_OR_MISSING = "Mudadas ou ausentes"
FILE = "Arquivo"
STATE = "Estado"
VIEW_RUN = "Execução"
FOLDER = "Pasta"

# backups
SECTION = "Cópias"
BACKUPS_LEAD = (
    "O que havia aqui antes: uma execução que grava o arquivo de novo guarda o anterior com um nome que traz a hora."
)
NONE = "Ainda não há cópia deste arquivo; a próxima execução que o gravar faz uma."
REPLACED = "substituída {moment}"
BACKUPS_ROWS = "{rows} da execução {run_id}"
UNKNOWN = "de uma execução que não está no histórico"
BACKUP = "Cópia"
BACKUPS_CHECK = "Verificar a cópia agora"
RESTORE = "Restaurar esta cópia"
RESTORE_HELP = "Mostra o que aconteceria. Nada é mudado antes da confirmação."
REFUSAL = "Um super_admin pode restaurar uma cópia."
CONFIRM_TITLE = "Confirme, por favor:"
CONFIRM = "{backup} volta a ser {target}. O que está lá agora é guardado como uma nova cópia."
RUN = "Estes são os dados da execução {run_id}."
YES = "Sim, restaurar"
NO = "Deixar tudo como está"
DONE_TITLE = "Restaurada."
DONE = "{target} é de novo {backup}. O arquivo que estava lá está guardado como {kept}."
KEPT_NOTHING = "nada: não havia nenhum"
BACKUP_NOTE = "{holds}, {when}"

# checking
CHECK_HELP = "Lê o arquivo inteiro e compara o seu SHA-256 com o que a execução anotou quando o gravou."
READING = "do arquivo lido para verificá-lo"
SAME = "Igual: cada byte está como a execução {run_id} o gravou ({rows})."
DIFFERENT = "Diferente: estes não são os bytes que uma execução do histórico gravou neste caminho."

# preview
PREVIEW_SECTION = "Olhar dentro"
PREVIEW_LEAD = "Cada célula como texto, como está no arquivo. Só se lê a página que você vê."
ROW = "Da linha"
ROW_HELP = "A primeira linha da página; a primeira linha do arquivo é 1."
FIRST = "Primeira página"
BACK = "Voltar"
NEXT = "Avançar"
LAST = "Última página"
SHOWN = "Linhas {first} a {last} de {total}."
ABOUT = (
    "Perto da linha {first} de {total}: este lugar foi achado pela sua fração do arquivo. Os números exatos são "
    "conhecidos assim que o arquivo tiver sido contado até o fim."
)
COUNTING = "do arquivo contado"
NO_ROWS = "O arquivo tem um cabeçalho e nenhuma linha."
COLUMNS_CUT = "São mostradas as primeiras {shown} de {total} colunas."
FIND = "Achar linhas"
COLUMN = "Coluna"
OPERATOR = "Condição"
VALUE = "Valor"
ADD = "Acrescentar uma condição"
REMOVE = "Remover a última"
PREVIEW_SEARCH = "Achar"
COUNT = "Contar todas as que servem"
SEARCHING = "Lendo o arquivo …"
FOUND_ALL = "Achadas: {rows}."
FOUND_SOME = "São mostradas as primeiras {rows} que servem; há mais."
FOUND_NONE = "Nenhuma linha serve."
COUNTED = "Linhas que servem: {number} de {total}."
NUMBER = "Linha"
PREVIEW_ABOUT = "cerca de {number}"
NO_NAME = "(sem nome)"
