"""What a run announces, and what is said of its end, in Portuguese."""

from __future__ import annotations

REPAIRED = {
    "padded": "Linhas com células de menos, completadas com vazias, como --ragged pad pede: {number:,}.",
    "truncated": "Linhas com células demais, cortadas, como --ragged truncate pede: {number:,}.",
}

# stages that a run announces
STARTING = "Iniciando o pipeline Quantum ETL"
PARSING = "Lendo {path}"
WITHOUT_IT = "{path} não pode ser lido até o fim: é pulado, e os outros são lidos de novo sem ele."
UPLOADING = "Enviando as saídas"
INGESTED = "Leitura completa"
ANALYSING = "Executando a análise de inspiração quântica"
ANALYSED = "Análise completa: {status}"
REPORTED = "Relatório gerado: {path}"
SUCCESS = "Pipeline concluído!"

# how a run ends
TOO_LONG = "A execução demorou mais do que --timeout permite; nada foi publicado. Aumente o limite."
TOO_MANY_REJECTS = (
    "Mais que --max-rejects {limit} registros foram rejeitados; nada foi publicado. {why} {helping} Para saber as "
    "razões, veja {rejects}, ou aumente o limite."
)
TOO_LARGE_A_SHARE = (
    "Mais que --max-rejects {limit} dos registros foram rejeitados, {rejected:,} de {judged:,}; nada foi publicado. "
    "{why} {helping} Para saber as razões, veja {rejects}, ou aumente o limite."
)
MOST_REJECTED = (
    "Mais da metade dos registros foram rejeitados, {rejected:,} de {judged:,}; nada foi publicado. {why} {helping} "
    "Para saber as razões, veja {rejects}, ou permita mais deles: --max-rejects aceita um número ou uma parte como "
    "75%."
)
ALL_REJECTED = (
    "Todos os registros foram rejeitados, {rejected:,} de {judged:,}; nada foi publicado. {why} {helping} Para "
    "saber as razões, veja {rejects}; --max-rejects 100% publica saídas sem uma linha mesmo assim."
)
SOME_REJECTED = "{rejected:,} de {judged:,} registros foram rejeitados ({share}). {why} {helping}"
COUNTS_DIFFER = "As contagens não fecham ({counts}); nada foi publicado. Avise-nos."
CTRL_C = "A execução foi parada com Ctrl-C; nada foi publicado."
BUG = "{kind}: {reason}. Isto é um erro do programa; o log da execução tem os detalhes."
STOPPED_BY = "A execução foi parada por {signal}; nada foi publicado."
FOLDER_GONE = "{path} não existe mais: a pasta da execução foi removida durante a execução. Inicie-a de novo."
STOPPED = "A execução foi parada."
CANCELLED = "A execução foi cancelada antes de terminar; inicie-a de novo quando quiser."
TIMED_OUT = "A execução demorou mais que o seu --timeout e foi parada; dê a ela mais tempo."
CUT_OFF = "A execução foi interrompida antes de começar; inicie-a de novo."
GONE_AT_STAGE = "{cause} na etapa {stage}. {outputs}"
GONE_BEFORE = "{cause} antes de a execução começar. {outputs}"
LAST_WORDS = "{sentence} Suas últimas palavras: {words}"
PUBLISHING = "Ela estava pondo as saídas no lugar; a próxima execução termina isso."
NOT_PUBLISHED = "Nada foi publicado e as saídas anteriores valem; continue-a ou inicie-a de novo."
ELSEWHERE = "O motor na máquina {machine} não dá sinal de vida desde {moment}"
REBOOTED = "A máquina foi reiniciada enquanto o motor trabalhava"
ENDED_WORDLESS = "O motor terminou com o código {code} e sem outra palavra"
KILLED_FOR_MEMORY = "O motor foi encerrado pelo sistema, muito provavelmente porque a memória da máquina acabou,"
KILLED_FROM_OUTSIDE = "O motor foi encerrado de fora, ou pelo sistema por falta de memória,"
KILLED_BY = "O motor foi encerrado de fora por {signal}"

# limits
OVER_CPU = (
    "A execução usou {used:,.0f} segundos de CPU, mais que os {most:,.0f} que uma execução pode usar; nada foi "
    "publicado. Divida a entrada, ou peça que o limite seja aumentado na tela Sistema do console."
)
OVER_MEMORY = (
    "A execução usou {used:,.2f} GB de memória, mais que os {most:,.2f} GB que uma execução pode usar; nada foi "
    "publicado. Use menos --workers ou um --chunk-bytes menor, ou peça que o limite seja aumentado na tela Sistema "
    "do "
    "console."
)
OVER_OUTPUT = (
    "As saídas chegaram a {used:,.3g} GB, mais que os {most:,.3g} GB que as de uma execução podem ter; nada foi "
    "publicado. Divida a entrada, ou peça que o limite seja aumentado na tela Sistema do console."
)
DISK_LOW = (
    "O disco de {place} tem {used:,.3g} GB livres, menos que os {most:,.3g} GB que uma execução deixa livres; nada "
    "foi "
    "publicado. Libere espaço, ou peça que o limite seja diminuído na tela Sistema do console."
)
OPEN_FILES = (
    "Um processo desta execução pode ter {most} arquivos abertos: use menos entradas de cada vez, ou peça que o "
    "limite "
    "seja aumentado."
)
PARTS = {
    "engine": "o motor ou uma das suas bibliotecas é de outra versão",
    "settings": "suas configurações mudaram",
    "inputs": "sua entrada mudou",
    "layouts": "seu leiaute ou esquema mudou",
    "columns": "sua entrada é lida de outro modo agora",
}
NOT_THE_SAME = "A execução {run_id} não pode ser continuada: {what}. Inicie-a de novo; nada foi publicado."
NOTHING_TO_RESUME = (
    "A execução {run_id} terminou ({status}) e não foi interrompida: não há o que continuar. Inicie-a de novo."
)
STILL_GOING_ON = "A execução {run_id} ainda está em andamento ou espera a vez; não há o que continuar."
RESUMING = "Continuando com o bloco {number}: {size:,} bytes da entrada já foram lidos"
RESUMED = (
    "A execução foi interrompida e continuada do bloco {number}; {size:,} bytes da entrada já tinham sido lidos antes."
)
RESUMED_ANEW = "A execução foi interrompida; nada do que gravou restou para continuar, então ela começou de novo."

# another try
TRYING_AGAIN = "Tentando de novo em {seconds:g} s ({number} de {most}): {reason}"
TRYING_NOW = "Tentando de novo agora ({number} de {most})"

# processes
NOT_STARTED = "A execução {run_id} não pôde ser iniciada: {reason}. Libere memória ou disco e inicie-a de novo."
KILLED_YOUNG = (
    "A execução {run_id} não pôde ser iniciada: o primeiro processo dela foi encerrado por {signal} antes de "
    "começar. "
    "Se falta memória à máquina, libere um pouco; depois inicie-a de novo."
)
ENDED_YOUNG = (
    "A execução {run_id} não pôde ser iniciada: o primeiro processo dela terminou com o código {code} antes de "
    "começar. Se falta memória à máquina, libere um pouco; depois inicie-a de novo."
)
SIGNAL = "sinal {number}"
DIED = "um processo morreu (foi encerrado, ou a memória da máquina acabou)"
OUT_OF_MEMORY = "um processo ficou sem memória"
HUNG = "um processo não deu sinal de vida por {seconds:g} segundos"
WORKER_GONE = "o processo em {address} saiu"
WORKER_SILENT = "o processo em {address} não deu sinal de vida por {seconds:g} segundos"
HANDED_ON = "Um processo foi perdido: {reason}. O que ele fazia é feito por outro."
SCHEDULER_LOST = (
    "O agendador em {address} saiu ou não responde; nada foi publicado. O que já entrou foi guardado: inicie de novo o "
    "agendador e os seus processos e retome a execução."
)
NO_WORKER_LEFT = (
    "O agendador em {address} não tem mais processos; nada foi publicado. O que já entrou foi guardado: inicie "
    "processos de novo e retome a execução."
)
WORKER_LOST = "A passagem foi interrompida: {reason}. O que estava em andamento é lido de novo por processos novos."
TOO_MANY_LOST = (
    "Processos foram perdidos {number} vezes; nada foi publicado. {last} Tente menos --workers ou um --chunk-bytes "
    "menor."
)
LOST_TIMES = "Processos foram perdidos {number} vezes, a última porque {reason}; o que eles faziam foi lido de novo."
NOT_GIVEN_UP = "{path} não pôde ser lido de novo ({why}); nada foi publicado. Tente menos --workers."
WORKER_FAILED = "Um processo falhou: {kind}: {reason}. Isto é um erro do programa; o log tem os detalhes."

# who serves a home
HOME_TAKEN = (
    "A casa {home} já é servida pelo console em {address} (processo {pid} em {machine}, desde {since}); pare aquele "
    "antes, ou dê a este outro ETL_HOME."
)
HOME_TAKEN_BY_SOMEBODY = (
    "A casa {home} é servida por outro console que está começando ou terminando; tente de novo daqui a pouco, ou dê "
    "a "
    "este outro ETL_HOME."
)
HOME_NOT_LOCKED = (
    "A casa {home} não pode ser reservada para este console: {reason}. Corrija o dono, as permissões ou o disco."
)

# runs that there are
NONE_YET = "Ainda não há execução em {folder}; inicie uma com `run -i CAMINHO -o CAMINHO`."
NO_RUN = "Não há execução {run_id!r} em {folder}; `runs list` mostra as que há."
NO_RUN_ID = "{run_id!r:.80} não é o id de uma execução; `runs list` os mostra."
REJECTS_UNREADABLE = "{name} não pode ser lido ({reason})."
NO_LIMITS = "Dias e gigabytes a guardar são números de 0 a {most:,}; 0 guarda tudo."
TOO_MANY_STARTED = "{user} iniciou {started} execuções nesta hora, o limite é {limit}; espere {wait} segundos."
LIMITS_UNREADABLE = "{path} não pode ser lido ({reason}); corrija o dono e as permissões."
LIMITS_DAMAGED = "{path} está danificado; salve as configurações de novo na tela Sistema do console."

# cleaning up
RUN_LEFT = "a execução dele ficou"
OLDER = "mais antiga que {days:g} dias"
PAST_RUNS = "além dos {size} guardados para execuções"
PAST_BACKUPS = "além dos {size} guardados para cópias"
CHANGED_SINCE_LISTED = "mudou desde que foi listada"
OUTSIDE_HOME = "leva para fora das pastas da casa"
GOING_ON = "está em andamento"
NOT_DELETED = "não pôde ser apagada: {reason}"
