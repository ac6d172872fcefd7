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
}

# the dashboard beside a console
CONSOLE_THERE = (
    "O console em {address} também serve esta casa e cuida das suas execuções; o que é iniciado aqui não passa pela "
    "fila dele."
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
RESUME_HELP = (
    "Continua depois do que estava feito quando a execução foi interrompida, e termina nos bytes de uma execução "
    "sem interrupção."
)
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
ROWS_WRITTEN = "Linhas gravadas"
REJECTS = "Rejeitados"
RATE = "Ritmo"
OF_INPUT_ON_AVERAGE = "da entrada, em média"
ELAPSED = "Decorrido"
TIME_LEFT = "Tempo restante"
OF_READING_AT_THIS_RATE = "de leitura, neste ritmo"
CHUNKS_DONE = "Blocos feitos"
WORKERS_AT_WORK = "{number} processos"

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
STOPPING = "Parando todos os processos da execução; cada um termina o pedaço em que está, em alguns segundos no máximo."
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

# run_filters
TEXT = "Buscar"
TEXT_HELP = "Palavras do id da execução, de uma entrada, do usuário, do leiaute, do estado ou do erro."
STATUS = "Estado"
ANY_STATUS = "Qualquer estado"
USER = "Usuário"
ANY_USER = "Qualquer usuário"
INPUT = "Entrada"
INPUT_HELP = "Uma parte do caminho de uma entrada."
SINCE = "De"
UNTIL = "Até"
DAY_HELP = "Dia em que a execução começou, em UTC; o próprio dia faz parte do intervalo."
CLEAR = "Limpar os filtros"
PLACE = "{first} a {last} de {total}, da mais nova à mais antiga."

# summary
WENT_WRONG = "O que deu errado:"
FILES_TITLE = "Arquivos"
FILES_LEAD = "As saídas e o que a execução deixou sobre si mesma."
REPLACED = "gravada de novo por uma execução posterior"
MISSING = "movida ou apagada desde então"
TO_REPORT = "Ler o relatório"
TO_ANALYTICS = "Ver as análises"
TO_AGAIN = "Executar de novo com mudanças"
KINDS = {"csv": "CSV", "parquet": "Parquet"}
KIND_AND = "{kind}, {what}"
REPORT_FILE = "relatório"
RUN_FILES = (
    ("metadata.json", "tudo sobre a execução"),
    ("rejects.jsonl", "registros que não puderam ser lidos"),
    ("sample.parquet", "linhas por trás das estimativas"),
    ("run.log", "o log"),
)
ROWS = "{number} linhas"
RECORDS_READ = "Registros lidos"
WRITTEN = "Gravados"
REJECTED = "Rejeitados"
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
DRAWN_OF = "{drawn} de {rows} linhas"
A_CHANGE = "uma mudança"
SECONDS = "segundos"
RUN_HOVER = "{run_id}<br>{rows} linhas"
EXACT_ACROSS_HOVER = "<b>%{text}</b><br>exato %{x:,}<extra></extra>"
ESTIMATE_ACROSS_HOVER = "<b>%{text}</b><br>estimativa %{x:,.0f}<extra></extra>"
EXPANSION_HOVER = "<b>%{text}</b><br>%{customdata}<br>uma linha representa %{y:.1f}<extra></extra>"
EXACT_UP_HOVER = "%{text}<br>exato %{y:,}<extra></extra>"
ESTIMATE_UP_HOVER = "%{text}<br>estimativa %{y:,.0f}<extra></extra>"
SECONDS_HOVER = "%{text}<br>%{y:.2f} s<extra></extra>"
