"""What the run report says, in Portuguese."""

from __future__ import annotations

from etl_batch.model import Allocation, RunStatus
from etl_batch.record.profile import ParentStage, WorkerStage

LANGUAGE = "pt-BR"
"""The page's own, as HTML names it."""
YES = "sim"
NO = "não"
TITLE = "{status}: execução {run_id}"
EYEBROW = "Relatório de execução do Quantum ETL"
RUN = "Execução {run_id}"
BYLINE = "Iniciada por {user} em {moment}, levou {duration}"
BYLINE_REPEAT = "Iniciada por {user} em {moment}, levou {duration}, repete a execução {rerun_of}"
SECTIONS = "Seções"
MORE = "e mais {number} {what}"
RATE = "{size}/s"

# signs of numbers, as a language has them
THOUSANDS_SIGN = "."
DECIMAL_SIGN = ","

# when
MOMENT = "%d/%m/%Y %H:%M:%S"
WEEKDAYS = ("seg", "ter", "qua", "qui", "sex", "sáb", "dom")
MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
DAY_AND_TIME = "{weekday}, {day} {month} {year}, {time}"

# how many
NOUNS = {
    "account": ("conta", "contas"),
    "backup": ("cópia", "cópias"),
    "byte": ("byte", "bytes"),
    "cell": ("célula", "células"),
    "chunk": ("bloco", "blocos"),
    "column": ("coluna", "colunas"),
    "comparison": ("comparação", "comparações"),
    "core": ("núcleo", "núcleos"),
    "day": ("dia", "dias"),
    "file": ("arquivo", "arquivos"),
    "folder": ("pasta", "pastas"),
    "group": ("grupo", "grupos"),
    "input": ("entrada", "entradas"),
    "hour": ("hora", "horas"),
    "interval": ("intervalo", "intervalos"),
    "item": ("item", "itens"),
    "line": ("linha", "linhas"),
    "message": ("mensagem", "mensagens"),
    "mistake": ("erro", "erros"),
    "minute": ("minuto", "minutos"),
    "output": ("saída", "saídas"),
    "pair": ("par", "pares"),
    "question": ("pergunta", "perguntas"),
    "record": ("registro", "registros"),
    "reject": ("rejeitado", "rejeitados"),
    "report": ("relatório", "relatórios"),
    "part": ("parte", "partes"),
    "row": ("linha", "linhas"),
    "run": ("execução", "execuções"),
    "second": ("segundo", "segundos"),
    "session": ("sessão", "sessões"),
    "setting": ("configuração", "configurações"),
    "machine": ("máquina", "máquinas"),
    "task": ("tarefa", "tarefas"),
    "thread": ("thread", "threads"),
    "time": ("vez", "vezes"),
    "value": ("valor", "valores"),
    "worker": ("processo", "processos"),
    "pool": ("conjunto", "conjuntos"),
    "stratum": ("estrato", "estratos"),
    "older failure": ("falha mais antiga", "falhas mais antigas"),
    "skipped field": ("campo pulado", "campos pulados"),
}
"""Of one, and of any other number."""

# moments
JUST_NOW = "agora mesmo"
AGO = "há {span}"

# reasons to reject a record, by their keys
REASON_WORDS = {
    "const_mismatch": "constante errada",
    "damaged_word": "palavra danificada",
    "duplicate_key": "chave repetida",
    "field_count": "número de campos",
    "invalid_bool": "booleano inválido",
    "invalid_enum": "valor fora da lista",
    "invalid_json": "JSON inválido",
    "invalid_number": "número inválido",
    "invalid_text": "texto inválido",
    "invalid_time": "hora inválida",
    "invalid_timestamp": "data e hora inválidas",
    "malformed_quotes": "aspas malformadas",
    "missing_field": "campo ausente",
    "not_an_object": "não é um objeto",
    "out_of_range": "fora do intervalo",
    "partial_character": "caractere cortado",
    "partial_record": "registro cortado",
    "pattern_mismatch": "fora do padrão",
    "record_too_long": "registro longo demais",
    "schema_length": "comprimento fora do esquema",
    "schema_pattern": "padrão fora do esquema",
    "schema_range": "intervalo fora do esquema",
    "schema_required": "exigido pelo esquema",
    "schema_type": "tipo fora do esquema",
    "schema_value": "valor fora do esquema",
    "unreadable": "ilegível",
}

# headline
STATUS_WORDS = {
    RunStatus.QUEUED: "Na fila",
    RunStatus.RUNNING: "Em andamento",
    RunStatus.SUCCESS: "Sucesso",
    RunStatus.FAILED: "Falhou",
    RunStatus.CANCELLED: "Cancelada",
    RunStatus.TIMED_OUT: "Tempo esgotado",
}
ALARMS = {
    RunStatus.QUEUED: "Esta execução ainda não começou.",
    RunStatus.RUNNING: "Esta execução não terminou; os números são os do momento.",
    RunStatus.SUCCESS: "",
    RunStatus.FAILED: "A execução falhou e não deixou mensagem; o log dela diz onde parou.",
    RunStatus.CANCELLED: "A execução foi cancelada antes de terminar.",
    RunStatus.TIMED_OUT: "A execução atingiu o seu tempo limite e foi parada.",
}
NO_STATUS = "Desconhecido"
NO_STATUS_ALARM = "Os metadados da execução não dão um estado conhecido; o log dela diz como terminou."
MORE_FILES = "e mais {number}"
NO_INPUT = "sem entrada"
NO_OUTPUT = "sem saída"
FILES_SIZE = "{files}, {size}"
NOTHING_PUBLISHED = "nada foi publicado"
TIME = "Tempo"
INPUT_RATE = "Ritmo da entrada"
ROW_RATE = "Linhas por segundo"
PEAK_MEMORY = "Pico de memória"
NOTES = "Vale saber"
ATTEMPT = "A tentativa {number} terminou em {moment}, e a execução foi tentada de novo: {reason}"

# records
RECORDS = "Registros"
RECORDS_IN = "registros lidos"
WRITTEN = "gravados"
REJECTED = "rejeitados"
SKIPPED = "pulados"
NO_RECORD = "Nenhum registro foi lido."
CONSERVED = "Todo registro que entrou está contado: nada se perdeu, nada foi inventado."
LOST = "As contagens não fecham: {records} entraram e não estão contados. Não use as saídas."
MADE_UP = "As contagens não fecham: {records} saíram sem nunca ter entrado. Não use as saídas."

# estimates
ESTIMATES = "Estimativas"
ESTIMATES_TITLE = "Estimativas ao lado dos totais exatos"
NO_ESTIMATES = "Não foram feitas estimativas, porque a execução não chegou até lá."
ESTIMATES_LEAD = (
    "O que uma pequena amostra estratificada diz de cada total, com o seu intervalo de {confidence}, ao lado do "
    "total "
    "que a passagem completa contou. {inside}"
)
LEGEND_INTERVAL = "intervalo de {confidence}"
LEGEND_ESTIMATE = "estimativa"
LEGEND_EXACT = "total exato"
TOTALS_INSIDE = {
    "every": "Os totais exatos de todas as {number} medidas estão dentro dos seus intervalos.",
    "one": "O total exato está dentro do intervalo.",
    "some": "O total exato está dentro de {held} de {intervals}.",
}
STRATA_INSIDE = {
    "every": "Dos estratos abaixo o total exato está dentro de todos os {number} intervalos.",
    "one": "O total exato está dentro do único intervalo abaixo.",
    "some": (
        "Dos estratos abaixo o total exato está dentro de {held} de {intervals}; dos certificados espera-se que um "
        "em "
        "vinte erre, dos outros mais."
    ),
}
CERTIFIED_BADGE = "✓ certificado"
NOT_CERTIFIED_BADGE = "! não certificado"
CERTIFIED_MARK = "✓ sim"
NOT_CERTIFIED_MARK = "! não"
INTERVAL_PICTURE = "Intervalo: {interval}; estimativa {estimate}; total exato {exact}"
INTERVAL = "{low} a {high}"
NO_INTERVAL_IN_PICTURE = "nenhum"
INTERVAL_ENDS = "intervalo de {confidence}: {interval}"
NO_INTERVAL = "Sem intervalo: a amostra não pode dizê-lo."
EXACT_TOTAL = "Total exato"
DIFFERS_BY = "A estimativa difere em"
NO_DEVIATION = "nada"
NOT_CERTIFIED = "Não certificado: {reason}"
NO_REASON = "Nenhuma razão foi registrada."
MEASURES = "medidas"
STRATA_TITLE = "Maiores estratos por {stratum}, total de {measure}"
STRATA_REGION = "Maiores estratos, total de {measure}"
STRATUM = "Estrato"
DRAWN = "Desenho"
MARGIN = "± {margin} do total exato"
MARGIN_OF_ITSELF = "± {margin} de si mesma"
NONE_DRAWN = "Estes estratos foram amostrados junto com outros, de modo que nenhum tem intervalo próprio."
DRAWN_SPAN = (
    "Em cada desenho a linha no meio é o total exato do próprio estrato, e as pontas são esse total menos e mais "
    "{span} de si mesmo. {inside}"
)
POOLED_MARK = "em conjunto"
POOLED_STRATA = "Estratos amostrados juntos em conjuntos"
WORTH = "Tão boa quanto uma amostra aleatória simples de"
ESTIMATE_INTERVAL = "Estimativa, intervalo"
DIFFERENCE = "Diferença"
ROWS = "Linhas"
SAMPLED = "Amostradas"
EXPANSION = "Expansão"
CERTIFIED = "Certificado"
NO_INTERVAL_IN_TABLE = "sem intervalo"
MISSING_VALUE = "ausente"
EMPTY_VALUE = "vazio"
STRATA = "estratos"
OTHER_MEASURES = "Os estratos das outras medidas ({number}) estão nos metadados."
DRAWN_TITLE = "Como a amostra foi sorteada"
METHOD = "Método"
STRATUM_COLUMN = "Coluna do estrato"
NO_STRATUM_COLUMN = "nenhuma, todas as linhas juntas"
STRATA_NUMBER = "Estratos"
ROWS_IN_ALL = "Linhas ao todo"
ROWS_SAMPLED = "Linhas amostradas"
TAKEN_WHOLE = "Destas, tomadas inteiras por seus valores grandes"
SAMPLED_SHARE = "Parte amostrada"
SEED = "Semente"

# shares
SHARES_TITLE = "Como a amostra foi dividida"
SHARES_KEY = (
    "Cada ponto é um estrato: na horizontal, a raiz quadrada das suas linhas; na vertical, as linhas sorteadas dele. "
    "As duas escalas são logarítmicas."
)
SHARE_KINDS = {
    "share": "pela regra",
    "minimum": "o mínimo",
    "whole": "tomado inteiro",
    "pool": "um estrato médio de um conjunto",
}
ALL_STRATA = "Todos os estratos ({number}) {gave}."
STRATA_PARTS = "De {number} estratos {parts}."
STRATA_PART = "{number} {gave}"
GAVE_SHARE = {
    Allocation.SQRT: (
        "deram linhas em proporção à raiz quadrada do seu tamanho: um com 100 vezes as linhas dá 10 vezes a amostra, "
        "de modo que os pequenos também são bem vistos"
    ),
    Allocation.NEYMAN: (
        "deram linhas em proporção ao seu tamanho e à dispersão dos seus valores (Neyman), de modo que estratos de "
        "um "
        "mesmo tamanho podem ficar separados; a linha é o que só a raiz quadrada daria"
    ),
    Allocation.PROPORTIONAL: (
        "deram linhas em proporção ao seu tamanho: um com 100 vezes as linhas dá 100 vezes a amostra"
    ),
}
GAVE_MIXED = {
    Allocation.SQRT: (
        "deram linhas entre a raiz quadrada do seu tamanho e o seu tamanho ({mix} do caminho até partes "
        "proporcionais): só com a raiz quadrada algum total seria menos conhecido que por uma amostra aleatória "
        "simples"
    ),
    Allocation.NEYMAN: (
        "deram linhas entre as partes de Neyman e as proporcionais ({mix} do caminho): só com as de Neyman algum "
        "total "
        "seria menos conhecido que por uma amostra aleatória simples"
    ),
}
GAVE_PROPORTIONAL = (
    "deram linhas em proporção ao seu tamanho: com outras partes algum total seria menos conhecido que por uma "
    "amostra "
    "aleatória simples"
)
GAVE_POOL = "foram amostrados juntos em {pools}"
GAVE_MINIMUM = "deram o mínimo de {rows}"
GAVE_WHOLE = "foram tomados inteiros"
LINE_WORDS = {
    Allocation.SQRT: "em proporção à raiz quadrada",
    Allocation.NEYMAN: "a raiz quadrada, para comparar",
    Allocation.PROPORTIONAL: "em proporção ao tamanho",
}
LINE_MIXED = "entre a raiz quadrada e o tamanho"

# larger
LARGER_TITLE = "O que uma amostra maior compra"
LARGER_LEAD = (
    "Que largura se pode esperar do intervalo de {confidence} de cada total quando 0,1 %, 1 % ou mais das linhas são "
    "amostradas, como parte do total. Isso segue da dispersão de todas as linhas, que a execução viu; para caudas "
    "pesadas uma amostra maior faz melhor que o desenhado. As duas escalas são logarítmicas; o losango é o "
    "intervalo a "
    "que esta execução chegou."
)
HARDLY_NARROWER = "Nenhuma das amostras maiores desenhadas aqui estreitaria muito o intervalo de {name}, agora {now}."
NO_CHANCE = "{fraction} das linhas ({rows}) não deixaria nada ao acaso no total de {name}, agora {now}."
NARROWER = "{fraction} das linhas ({rows}) estreitaria o intervalo de {name} de {now} para cerca de ±{then}."
OWN_WIDTH = "±{own}"
OWN_AND_USUAL = "±{usual} na média de amostras como esta (que chegou a ±{own})"
CURVE_PICTURE = "Meio intervalo esperado. {points}."
CURVE_POINT = "{fraction} das linhas: ±{width}"

# coverage
COVERAGE_TITLE = "Com que frequência tais intervalos valem"
COVERAGE_LEAD = (
    "De populações cujo total é conhecido, o código desta execução sorteou amostra após amostra ({repetitions} de "
    "cada, {fraction} das linhas) e contou quantos intervalos de {confidence} continham o total. {found}"
)
COVERAGE_STUDY = "O estudo está descrito em docs/analytics.md, e {command} o repete."
ALL_ROWS = "Uma amostra de todas as linhas é exata, e o seu intervalo não pode errar."
NONE_CERTIFIED = "Nesta fração nenhuma delas é certificada."
HELD_BETWEEN = "Onde são certificados, valeram entre {low} e {high} das vezes; onde não são, isso é dito por uma razão."
HELD_IN = "Onde são certificados, valeram em {share} das vezes; onde não são, isso é dito por uma razão."
POPULATION = "População"
HELD = "Continham o total"
MISSED = "Terminaram abaixo / começaram acima"
COVERAGE_KEY = "Depois de ± está o erro de Monte Carlo: quanto uma parte de tantas amostras pode se desviar por acaso."

# rejects
REJECTS = "Rejeitados"
REJECTS_LEAD = (
    "Registros que não puderam ser lidos, por razão, com os primeiros exemplos. As posições são bytes no arquivo de "
    "origem."
)
NO_REJECTS = "Nenhum rejeitado está registrado."
AT_LEAST = "no mínimo {number}"
REJECT_PLACE = "{source}, byte {offset}, registro {record}"
REJECT_PLACE_FIELD = "{source}, byte {offset}, registro {record}, campo {field}"
RAW_TEXT = "Começo do registro como texto"
RAW_BYTES = "Começo do registro como bytes"
REASONS = "razões"

# files
FILES = "Arquivos"
OUTPUTS = "Saídas"
KIND = "Tipo"
FILE = "Arquivo"
SIZE = "Tamanho"
SHA256 = "SHA-256"
NO_OUTPUTS = "Nada foi publicado."
ESCAPED_CELLS = (
    "Células protegidas: {number}. Uma célula de texto que uma planilha poderia executar como fórmula começa com ' "
    "no "
    "CSV; o Parquet a contém como era."
)
ESCAPED_COLUMN = "{column}: {cells}, como {before}, que é {after} no CSV."
COLUMNS_WITH_ESCAPES = "colunas com células protegidas"
INPUTS = "Entradas"
FORMAT = "Formato"
LAYOUT = "Leiaute"
DIALECT = "Dialeto"
ROWS_WRITTEN = "Gravadas"
ROWS_REJECTED = "Rejeitadas"
MORE_INPUTS = "entradas"
NO_INPUTS = "Nenhuma entrada foi lida."
UPLOADED = "{name}, enviado e guardado como {path}"

# schema
SCHEMA = "Esquema"
COLUMNS = "colunas"
NO_SCHEMA = "As colunas não são conhecidas, porque a execução não chegou até lá."

# changes
CHANGES = "Mudanças"
CHANGES_TITLE = "O que mudou"
CHANGES_LEAD = "Em relação à execução {run_id} de {moment} ({status}), que tinha as mesmas entradas e saídas."
CHANGES_REGION = "Números da execução anterior e desta"
FIGURE = "Número"
BEFORE = "Antes"
NOW = "Agora"
RELATIVE = "Relativo"
COUNTS = {
    "records_in": "Registros lidos",
    "written": "Gravados",
    "rejected": "Rejeitados",
    "skipped": "Pulados",
}
INPUT_RATE_CHANGE = "Ritmo da entrada, por segundo"
OUTPUT_CHANGE = "Saída {kind}"
TOTAL_CHANGE = "Total exato de {measure}"
NO_CHANGE = "sem mudança"
SAME_BYTES = "A saída {kind} tem os mesmos bytes que antes."
OTHER_BYTES = "A saída {kind} tem outros bytes que antes."
COLUMN_GONE = "A coluna {name} sumiu."
COLUMN_NEW = "A coluna {name} é nova."
COLUMN_CHANGED = "A coluna {name} é {now} e era {before}."
SETTING_CHANGED = "A configuração {name} é {now} e era {before}."
FIGURES = "números"
DIFFERENCES = "diferenças"
FIRST_RUN = "Esta é a primeira execução destas entradas e saídas: não há com que compará-la."

# profile
PROFILE = "Perfil"
PROFILE_TITLE = "Para onde foram os segundos de CPU"
PROFILE_LEAD = (
    "Os processos levaram {cpu} de CPU para {size} de entrada, {rate} MB por segundo de CPU; o processo do próprio "
    "motor, que planeja, distribui, soma e analisa, levou {parent} além deles."
)
PROFILE_WITHOUT_WORKERS = (
    "A execução terminou antes de um processo acabar um bloco; o processo do próprio motor levou {parent}."
)
STAGE_WORDS: dict[str, str] = {
    WorkerStage.READ: "ler",
    WorkerStage.CLEAN: "limpar",
    WorkerStage.TALLY: "contar e amostrar",
    WorkerStage.WAIT: "esperar a vez",
    WorkerStage.PLACE: "pôr no lugar e gravar",
    ParentStage.PLAN: "planejar",
    ParentStage.START: "iniciar os processos",
    ParentStage.CUT: "cortar em blocos",
    ParentStage.HAND_OUT: "distribuir os blocos",
    ParentStage.COLLECT: "somar os resultados",
    ParentStage.DIGESTS: "somas de verificação",
    ParentStage.FINISH: "fechar as saídas",
    ParentStage.ANALYSE: "analisar",
    ParentStage.REPORT: "relatório",
    ParentStage.PUBLISH: "publicar",
    ParentStage.OTHER: "outras threads",
}
ENCODE_STAGE = "codificar {sink}"
SINK_WORDS = {"csv": "CSV", "parquet": "Parquet"}
WAITED_BY_THE_CLOCK = "esperou a vez, pelo relógio"
WORKER_NAME = "Processo {number}"
WORKER_SHARE = "{cpu} de CPU, {waited} de espera; {chunks}, {input} lidos, {output} gravados"
BAR_PICTURE = "Tempo de CPU: {parts}"
BAR_PART = "{stage} {seconds}"
STAGE = "Etapa"
CPU_SECONDS = "Segundos de CPU"
SHARE = "Parte"
MEGABYTES_A_CPU_SECOND = "MB por s de CPU"
IN_THE_WORKERS = "Todos os processos"
IN_THE_ENGINE = "O processo do próprio motor"
TOGETHER = "juntos"
WORKERS = "processos"
PROFILE_KEY = (
    "As partes são de todos os segundos de CPU da tabela; os megabytes são os da entrada, qualquer que seja a "
    "etapa. O "
    "que este relatório e a publicação levam só se sabe depois que o relatório é escrito: metadata.json o tem."
)

# machine
MACHINE = "Máquina"
MACHINE_TITLE = "Máquina e motor"
SYSTEM = "Sistema"
DEVICE_PART = "{device} {part}"
CPU = "CPU"
MEMORY = "Memória"
GPU = "GPU"
NO_GPU = "Nenhuma GPU encontrada."
NO_SYSTEM = "A máquina não foi registrada."
ENGINE = "Motor"
VERSION = "versão"
PYTHON = "python"
NO_ENGINE = "A versão do motor não foi registrada."
PACKAGES = "pacotes"
CONFIGURATION = "Configuração"
SETTINGS = "configurações"
NO_CONFIGURATION = "A configuração não foi registrada."

# reading
READING = "Como ler isto"
MEANINGS = (
    (
        "Uma estimativa",
        (
            "{term} é o que uma pequena amostra aleatória diz de um total. As linhas são separadas em estratos por "
            "uma coluna, cada estrato dá um número de linhas (em proporção à raiz quadrada do seu tamanho, a não ser "
            "que a execução tenha escolhido outra regra), e cada linha amostrada vale por tantas linhas quantas diz "
            "a expansão do estrato. Onde uma coluna tem alguns valores muito grandes, esses são todos tomados: valem "
            "por si mesmos e não deixam nada ao acaso."
        ),
    ),
    (
        "O intervalo",
        (
            "{term} é traçado de modo que cerca de {confidence} de tais intervalos contêm o total verdadeiro; os "
            "outros erram por acaso. Uma barra larga significa uma estimativa incerta."
        ),
    ),
    (
        "O total exato",
        (
            "{term} foi contado enquanto toda linha passava. A estimativa não o substitui: os dois ficam lado a lado "
            "para que você veja até onde se pode confiar na amostra, aqui e em dados que ninguém conta por inteiro."
        ),
    ),
    (
        "Certificado",
        (
            "{term} significa que as condições do intervalo valem: linhas amostradas bastantes, e valores entre os "
            "deixados de fora que não são assimétricos demais para elas, o que a execução sabe porque viu toda "
            "linha. "
            "Onde não valem, o relatório diz por quê e a barra é tracejada."
        ),
    ),
    (
        "“De inspiração quântica”",
        (
            "{term} significa amostragem estratificada clássica que toma emprestada a ideia de uma raiz quadrada, "
            "√N. "
            "Roda num computador comum, e nenhum ganho quântico de velocidade é alegado."
        ),
    ),
)
SELF_CONTAINED = (
    "Esta página não precisa de rede e não executa scripts. Os metadados da execução estão embutidos como JSON no "
    "elemento com o id “metadata”."
)
STRATA_LEFT_OUT = "Os metadados embutidos deixam de fora os estratos ({number}); metadata.json os tem."
METADATA_LEFT_OUT = (
    "Os metadados são grandes demais para embutir: só a identidade e as contagens da execução estão; metadata.json "
    "tem "
    "o resto."
)
