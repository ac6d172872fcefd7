"""What is said by what the screens share, in Portuguese."""

from __future__ import annotations

from etl_batch.model import RunStatus
from etl_batch.runs.processes.cancellation import OutputFate
from etl_batch.runs.record.ceilings import Ceiling
from etl_batch.ui.shared.doors import Screen

# everywhere
STATUSES = {
    RunStatus.QUEUED: "na fila",
    RunStatus.RUNNING: "em andamento",
    RunStatus.SUCCESS: "sucesso",
    RunStatus.FAILED: "falhou",
    RunStatus.CANCELLED: "cancelada",
    RunStatus.TIMED_OUT: "tempo esgotado",
}
TABS = {
    Screen.LAUNCH: "Iniciar",
    Screen.LIVE: "Ao vivo",
    Screen.RUNS: "Execuções",
    Screen.REPORT: "Relatório",
    Screen.ANALYTICS: "Análises",
    Screen.DATA: "Dados",
    Screen.REJECTS: "Rejeitados",
    Screen.LAYOUTS: "Leiautes",
}

# sentences of the engine, which has flags, commands and files where screens have fields and links
FIELD = "“{label}”"
FIELD_AT = "“{label}: {value}”"
REJECTS_SCREEN = "a tela Rejeitados"
IN_CONSOLE = {"`layouts show`": "a tela Leiautes", "`runs list`": "a tela Execuções"}

# the dashboard beside a console
CONSOLE_THERE = (
    "O console em {address} também serve esta casa e cuida das suas execuções; uma execução iniciada aqui pula a "
    "fila dele."
)

# what an app gives the dashboard
HOME_NO_PATH = 'A casa do painel é dada como texto ou como Path, e não como {kind}: etl_dashboard(home="/srv/etl").'
HOME_NO_NAME = 'A casa do painel não tem nome; dê o caminho de uma pasta: etl_dashboard(home="/srv/etl").'
HOME_OF_NOBODY = "A casa do painel {home} começa com o nome de ninguém desta máquina; escreva o caminho por extenso."
HOME_NOT_MADE = (
    "A casa do painel {home} não pode ser usada ({reason}); indique uma pasta em que esta conta possa gravar."
)
HOME_TAKEN = "Casa do painel: {home}; etl_dashboard(home=...) ou ETL_HOME indicam outra."
USER_NO_TEXT = 'O usuário do painel é dado como texto, e não como {kind}: etl_dashboard(user="ada").'
USER_NO_NAME = "O usuário do painel não tem um nome que se possa escrever; dê um de letras visíveis."
NO_LANGUAGE = "O painel não fala {language}; dê um de {known}, ou nenhum para o do navegador."
ONE_A_PAGE = (
    "Já há um painel nesta página. Dê a cada um a sua própria página (st.navigation), ou desenhe um de cada vez."
)

# templates
SIDES = ("Esquerda", "Direita")
PROGRESS = "Andamento da execução"
OPEN_REPORT = "Abrir em uma aba própria, para ler ou imprimir"
DOWNLOAD_REPORT = "Baixar"
STAGES_LABEL = "Etapas da execução"
CPU_OF = "CPU do processo {pid}"

# resuming
RESUME = "Retomar"
RESUME_HELP = "Continua de onde a execução foi interrompida. As saídas são as mesmas que sem a interrupção."
ATTEMPTS = "Tentativas anteriores"
ATTEMPTS_LEAD = "Quando cada uma terminou, e por quê."

# chart
DOWNLOAD = "Estes números em CSV"
DOWNLOAD_HELP = "Baixa o que está desenhado aqui como uma tabela que qualquer planilha abre."

# logs
TITLE = "Registro de eventos"
SEARCH = "Buscar no log"
SEARCH_HELP = "Uma parte de uma linha, em maiúsculas ou minúsculas. As linhas mais novas são buscadas primeiro."
LEVEL = "Nível"
LEVELS = {"all": "todos os níveis", "warnings": "avisos e erros", "errors": "só erros"}
LEVEL_HELP = "Quão séria uma linha tem de ser para aparecer."
HOLD = "Parar aqui"
HOLD_HELP = "Deixar de seguir as linhas mais novas. “Mais novas” volta a segui-las."
FOLLOWING = "seguindo as linhas mais novas"
HELD = "parado aqui"
OLDEST = "Mais antigas"
OLDER = "Anteriores"
NEWER = "Seguintes"
NEWEST = "Mais novas"
GO_ON = "Buscar mais para trás"
GO_ON_NEWER = "Buscar mais para a frente"
IN_PLACE = "Mostrar no lugar"
IN_PLACE_HELP = "Deixar a busca e mostrar a linha mais nova que foi achada entre as suas vizinhas."
EMPTY = "O log ainda está vazio."
NOTHING = "Nenhuma linha serve."
NOT_YET = "Nenhuma linha achada até agora; o log é longo. Busque mais."
SHOWN = "{lines} mostradas de um log de {size}"
LEFT_OUT = "… mais {count} desta entrada; baixe o log para lê-las"
PART_WORDS = "parte mais antiga"
NEWEST_PART = "parte mais nova"
LOG_PART = "{log}, {part}"
SHOWN_HOW = "{shown}, {how}"

# progress
STAGES = (
    ("plan", "Planejar", "achar arquivos, leiaute, colunas"),
    ("ingest", "Processar", "ler, limpar, gravar"),
    ("finish", "Terminar", "fechar e verificar os arquivos"),
    ("analytics", "Análises", "amostrar e estimar"),
    ("report", "Relatório", "publicar e relatar"),
    ("done", "Pronto", "tudo no lugar"),
)
STATE_WORDS = {"past": "feito", "now": "agora", "stopped": "parou aqui", "ahead": "por vir"}
CPU = "CPU da máquina"
MEMORY = "Memória de todos os processos"
LIMITS = "Limites"
LIMIT_NAMES: dict[str, str] = {
    Ceiling.TIME: "Tempo",
    Ceiling.CPU: "Tempo de CPU",
    Ceiling.MEMORY: "Memória em uso",
    Ceiling.INPUT: "Entrada",
    Ceiling.OUTPUT: "Saídas",
    Ceiling.DISK: "Disco livre",
}
LIMIT_USED = ("{used} de {most}", "restam {used}, no mínimo {most}")
LIMIT_HIT = ("{used}, acima do limite de {most}", "restam {used}, menos que {most}")
UNLIMITED = "{used}, sem limite"
STARTING = "começando"
IN_ALL = "{time} ao todo"
PART_OF = "{part} de {whole}"
PER_SECOND = "{size}/s"
LEFT = "faltam {time}"
WRITTEN_SO_FAR = "Gravados até agora"
PUBLISHED_AT_END = "publicados no fim"
RATE = "Ritmo"
OF_INPUT_ON_AVERAGE = "da entrada, em média"
ELAPSED = "Decorrido"
TIME_LEFT = "Tempo restante"
OF_READING_AT_THIS_RATE = "de leitura, neste ritmo"
CHUNKS_DONE = "Blocos feitos"
OF_THE_CLUSTER = "{workers} do cluster"

# proof
CANCEL = "Cancelar a execução"
CANCEL_HELP = "Para todos os processos da execução, depois de mais uma pergunta."
SURE = (
    "Parar esta execução? Seus processos terminam, e o que ela gravou até agora é removido. As saídas anteriores "
    "ficam como estão."
)
SURE_QUEUED = "Tirar esta execução da fila? Ela não começou, então não há nada a remover."
YES = "Sim, cancelar"
NO = "Deixar continuar"
STOPPING = "Parando todos os processos da execução; isto leva alguns segundos no máximo."
STOPPED = "Parada."
NOT_CLEAN = "Parada, mas olhe isto:"
BY = "Pedido por"
PROCESSES = "Processos restantes"
REMOVED = "Arquivos inacabados removidos"
KEPT = "Não removidos"
OUTPUT_NAME = "Saída {name}"
NONE = "nenhum"
ASKED_AT = "{who}, {moment}"
CAME_TO = "Processos restantes: {left}; arquivos inacabados removidos: {removed}; saídas intactas."
CAME_TO_CHANGED = (
    "Processos restantes: {left}; arquivos inacabados removidos: {removed}; uma saída mudou: olhe-a antes de usá-la."
)
NEVER_BEGAN = "nenhum; a execução não tinha começado, então não havia nenhum"
COUNTED = "{left}; {before} antes, e a tabela de processos foi lida de novo depois"
CONSOLE = "pelo próprio console"
FATES = {
    OutputFate.SAME: "como era antes da execução (mesmo arquivo, tamanho e hora)",
    OutputFate.NONE_BEFORE: "não havia saída anterior, e não há nenhuma",
    OutputFate.PUBLISHED: "inteira e nova: a execução tinha terminado antes que se pudesse pará-la",
    OutputFate.COMMITTING: "inteira; estava sendo substituída nesse momento, e a próxima execução termina isso",
    OutputFate.CHANGED: "outro arquivo que não o de antes da execução: olhe-o antes de usá-lo",
}

# run_list
RUN_COLUMNS = ("Estado", "Execução", "Começou", "Gravados", "Rejeitados", "Tempo")
NO_INPUT = "sem entrada"
NOTHING_PUBLISHED = "nada foi publicado"
READ_SO_FAR_NUMBER = "{number} lidos até agora"
BY_SCHEDULE = "agendamento {name}"
BY_COMMAND_LINE = "{user}, linha de comando"
WAS_RESUMED = "retomada"
REPLAYS = "nova leitura de {run_id}"
TICK = "Comparar"
TICK_RUN = "Comparar a execução {run_id}"
TICK_TWO = "Marque duas execuções para compará-las."
COMPARE_TWO = "Comparar as duas"
BAR = "{names}: {status} depois de {time}, {moment}"

# missing
NO_SUCH_RUN = "Não há (mais) aqui uma execução “{run_id}”."
TO_NEWEST = "Mostrar a execução mais nova, {run_id}"

# run_filters
TEXT = "Buscar"
TEXT_HELP = "Palavras do id da execução, de uma entrada, do usuário, do leiaute, do estado ou do erro."
STATUS = "Estado"
ANY_STATUS = "Qualquer estado"
USER = "Usuário"
ANY_USER = "Qualquer usuário"
INPUT = "Entrada"
INPUT_HELP = "Uma parte do nome ou do caminho de uma entrada."
SINCE = "De"
UNTIL = "Até"
DAY_FORMAT = "DD/MM/YYYY"
DAY_HELP = "Dia em que a execução começou, em UTC; o próprio dia faz parte do intervalo."
CLEAR = "Limpar os filtros"
FILTERS = "Filtros"
FILTERS_SET = "Filtros: {what}"
SINCE_DAY = "de {day}"
UNTIL_DAY = "até {day}"
PLACE = "{first} a {last} de {total}, da mais nova à mais antiga."

# summary
WENT_WRONG = "O que deu errado:"
FILES_TITLE = "Arquivos"
FILES_LEAD = "As saídas e o que a execução deixou sobre si mesma."
REPLACED = "gravada de novo por uma execução posterior"
KEPT_AS = "gravada de novo por uma execução posterior; as linhas desta estão guardadas como {backup}"
MISSING = "movida ou apagada desde então"
TO_REPORT = "Ler o relatório"
TO_REJECTS = "Olhar os rejeitados"
TO_ANALYTICS = "Ver as análises"
TO_AGAIN = "Executar de novo com mudanças"
KINDS = {"csv": "CSV", "parquet": "Parquet"}
IN_PARTS = "{kind} em {parts}"
KIND_AND = "{kind}, {what}"
REPORT_FILE = "relatório"
RUN_FILES = (
    ("metadata.json", "tudo sobre a execução"),
    ("rejects.jsonl", "registros que não puderam ser lidos"),
    ("sample.parquet", "linhas por trás das estimativas"),
    ("run.log", "o log"),
)
RECORDS_READ = "Registros lidos"
READ_SO_FAR = "Lidos até agora"
WRITTEN = "Gravados"
REJECTED = "Rejeitados"
SKIPPED = "Pulados"
SKIPPED_NOTE = "linhas vazias, e o que está acima ou abaixo dos dados"
TIME = "Tempo"
OF_INPUT = "da entrada"
PEAK_MEMORY = "Pico de memória"
ALL_PROCESSES = "todos os processos"
BY_USER = "por {user}"

# figures
CERTIFIED = "certificado"
NOT_CERTIFIED = "não certificado"
EMPTY_VALUE = "(vazio)"
DEVIATION = "desvio do total exato"
ESTIMATE_NAME = "estimativa, {certainty}"
TOTAL_HOVER = (
    "<b>{name}</b><br>estimativa {estimate}<br>intervalo de 95 % de {low} a {high}<br>exato {exact}<br>desvio de "
    "{share}"
)
EXACT_TOTAL = "total exato"
STRATUM_ROWS = "linhas do estrato"
EXPANSION_FACTOR = "fator de expansão"
DRAWN_OF = "{drawn} de {rows}"
A_CHANGE = "uma mudança"
EXACT_ACROSS_HOVER = "<b>%{text}</b><br>exato %{x:,}<extra></extra>"
ESTIMATE_ACROSS_HOVER = "<b>%{text}</b><br>estimativa %{x:,.0f}<extra></extra>"
EXPANSION_HOVER = "<b>%{text}</b><br>%{customdata}<br>uma linha representa %{y:.1f}<extra></extra>"
EXACT_UP_HOVER = "%{text}<br>exato %{y:,}<extra></extra>"
ESTIMATE_UP_HOVER = "%{text}<br>estimativa %{y:,.0f}<extra></extra>"

# machines of a cluster
HOST = "{workers} ({threads}) em {running}; {cpu} de ocupação, {memory} em uso"
