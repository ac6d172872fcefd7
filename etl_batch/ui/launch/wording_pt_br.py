"""What is said by the Launch screen, in Portuguese."""

from __future__ import annotations

from etl_batch.browsing import Order
from etl_batch.settings import FormSection

# view
TITLE = "Iniciar"
LEAD = "A primeira entrada já está escolhida: um clique a executa. Antes, você pode mudar tudo abaixo."
OPERATOR_LEAD = "Execuções que um super_admin preparou: um clique inicia uma."
NO_INPUT_TITLE = "Ainda não há dados"
NO_INPUT = "Ponha um arquivo binário, CSV ou Parquet na pasta {folder}, ou envie um do seu computador."
NO_INPUT_AND_NO_UPLOAD = "Ponha um arquivo binário, CSV ou Parquet na pasta {folder}, depois recarregue esta página."
FIND_LAYOUT = "Achar ou descrever um leiaute que serve a este arquivo"
LAUNCH = "Iniciar execução"
BROKEN = "Mude o que está marcado abaixo; então a execução pode ser iniciada."
TO_CHANGE = "A mudar antes que a execução possa começar: {names}."
AFRESH = "Começar do zero"
AFRESH_HELP = "O que você digita e escolhe aqui fica guardado até que uma execução seja iniciada. Isto o esquece."
COMMAND = "O mesmo pela linha de comando"
COMMAND_LEAD = "Copie para um terminal desta máquina: grava os mesmos bytes, de qualquer pasta."
REPEATS = "As configurações são as da execução {run_id}. Mude o que quiser."
NO_SUCH_RUN = "Não há execução {run_id}, ou suas configurações não podem ser lidas; a tela Execuções lista as que há."
FROM_PRESET = "predefinição {name}"
FROM_RUN = "execução {run_id}"
FROM_INPUT = "entrada {name}"

# fields
SECTIONS = {
    FormSection.SETTINGS: "Configurações",
    FormSection.TEXT: "Arquivos de texto",
    FormSection.MORE: "Mais configurações",
}
AUTOMATIC = "Automático"
THIS_MACHINE = "Esta máquina"
BACKUP = "Existe desde {when}; é guardado como cópia quando a execução o substitui."
AUTOMATIC_CHOICE = "Automático: {name}"

# files
PLACEHOLDER = "Escolha arquivos, ou digite um caminho"
BROWSE = "Percorrer as pastas"
FOLDER = "Pasta"
FOLDER_HELP = "Pastas que as execuções podem ler. As configurações da tela Sistema podem acrescentar outras."
SEARCH = "Achar"
SEARCH_HELP = "Parte de um nome, ou um padrão como 2026-*.csv."
ORDER = "Ordenar por"
ORDER_HELP = "As pastas vêm primeiro, por nome."
ORDERS = {Order.NAME: "Nome", Order.NEWEST: "Mais novos", Order.LARGEST: "Maiores"}
UP = "Subir para {name}"
WHOLE = "Usar a pasta inteira"
PATTERN = "Usar todos os que servem"
PREVIOUS = "Página anterior"
NEXT = "Próxima página"
WHERE = "{files} e {folders} em {folder}"
FITTING = ", {found} deles servem"
PAGE = "Página {page} de {pages}"
NO_FOLDER = "Nenhuma das pastas que as execuções podem ler existe; crie {folder}."
EMPTY = "Nada aqui serve. Limpe a busca, ou abra outra pasta."
LAYOUT_OF = "{format}, leiaute {layout}"
STORED_AS = "{original} como {name}"

# form
NO_INPUT_PICKED = "Escolha pelo menos um arquivo, pasta ou padrão."
NO_OUTPUT = "Dê uma saída CSV, uma saída Parquet, ou ambas."
NO_PARQUET = "Indique uma saída Parquet, ou deixe-a como um único arquivo."
IN_PARTS = "Isto ficaria na pasta das partes Parquet, que é substituída por inteiro; indique outro lugar."
SAME_OUTPUT = "A saída CSV e a Parquet são o mesmo arquivo; dê dois."
IS_INPUT = "Esta é uma das entradas; grave em outro arquivo."
IS_OUTPUT = "Esta é uma saída desta execução; dê outro arquivo."
NO_WHOLE = "{name} é um número inteiro a partir de {least}, como 42."
NO_COLUMN = "Não há coluna {name} nesta entrada; escolha outra, ou nenhuma para a escolha automática."
NO_NUMBERS = "A coluna {name} não tem números, então não tem total; escolha uma coluna numérica."
TOO_LARGE = "A entrada tem {size}, mais que isto; aumente o limite ou escolha menos."
MORE_PROBLEMS = "E mais {number}."

# outlook
BY_PAST_RUNS = "avaliado por {runs} sobre tais arquivos"
BY_DEFAULT = "um primeiro palpite; execuções passadas dirão melhor"
NO_ROOM = (
    "As saídas precisarão de cerca de {needed}, e o disco de {folder} tem {free} livres. Libere espaço, escolha "
    "outra pasta ou grave uma só saída; uma execução que acha o disco cheio não publica nada."
)

# presets
LIST = "Predefinições"
LIST_LEAD = "Salvas por um super_admin. Uma predefinição executa como está: nada nela pode ser mudado aqui."
NONE_YET = "Nenhuma predefinição foi salva ainda. Peça a um super_admin que salve uma nesta tela."
LAUNCH_ONE = "Iniciar {name}"
MISSING = "{path} não está lá agora, então esta predefinição não pode executar."
PRESET = "Predefinição"
PRESET_HELP = "Configurações salvas para começar. Mudanças aqui deixam a predefinição como está até que seja salva."
FRESH = "Nenhuma: configurações novas"
MANAGE = "Predefinições"
MANAGE_LEAD = "Configurações salvas com um nome podem ser iniciadas por operators, que não podem iniciar mais nada."
NAME = "Nome da predefinição"
NAME_HELP = "1 a 64 caracteres, como: vendas da noite."
SAVE = "Salvar como predefinição"
UPDATE = "Atualizar a predefinição"
DELETE = "Apagar uma predefinição"
REPLACES = "Existe uma predefinição deste nome; salvar a substitui pelas configurações desta tela."
NOT_SAVED = "Mude o que está marcado acima; então as configurações podem ser salvas."
CHOOSE = "Predefinição a apagar"
CHOOSE_HELP = "As execuções iniciadas a partir dela ficam."
CONFIRM = "Sim, apagar: operators não podem mais iniciá-la"
SAVED = "A predefinição {name} está salva."
DELETED = "A predefinição {name} foi apagada."
INPUT = "Lê"
OUTPUT = "Grava"
READING = "Leiaute"
SAMPLE = "Amostra"
LIMITS = "Limites"
OTHER = "Outras configurações"
SAMPLE_SHARE = "{share} das linhas"
SAMPLE_TARGET = "linhas para um erro de {share} do total de cada {per}"
BY_RULE = ", repartição {rule}"
BY_STRATUM = ", por {column}"
TOTALS_OF = "; totais de {names}"
SAME_SIGN = "Este também é o sinal decimal; escolha outro, ou uma vírgula decimal."
NOT_SAID = "como de costume"
SIGN_NAMES = {
    ".": "ponto .",
    ",": "vírgula ,",
    "'": "apóstrofo '",
    "\N{RIGHT SINGLE QUOTATION MARK}": "apóstrofo tipográfico \N{RIGHT SINGLE QUOTATION MARK}",
    " ": "espaço",
    "\N{NO-BREAK SPACE}": "espaço sem quebra",
    "\N{NARROW NO-BREAK SPACE}": "espaço estreito sem quebra",
    "_": "sublinhado _",
    "dmy": "dia, mês, ano",
    "mdy": "mês, dia, ano",
    "ymd": "ano, mês, dia",
}
USUAL_WORDS = {
    "null_words": ("NA", "N/A", "NULL", "null", "None", "nan", "NaN", "-"),
    "include": ("*.csv", "*.parquet"),
    "exclude": ("*.log", "old/**"),
}
NO_WORDS = "nenhuma"
HALF_REJECTED = "rejeita até metade dos registros"
SHARE_REJECTED = "rejeita até {share} dos registros"
AT_MOST = "no máximo {rejects}"
INPUTS_UP_TO = "entradas de até {size}"
STOPS_AFTER = "para depois de {time}"
PRESETS_PAGE = "Página"
NO_PRESET = "Nenhuma"

# preview
PREVIEW = "Primeiros registros"
PREVIEW_LEAD = "Como serão lidos com estas configurações."
HOW_READ = "Como é lido"
LOOKS_TYPED = "Texto que parece números ou datas: {names}. No Parquet passa a sê-lo quando se diz como está escrito."
DECLARE = "Definir {declared}"
SET_TO = "{label} \N{LEFT DOUBLE QUOTATION MARK}{value}\N{RIGHT DOUBLE QUOTATION MARK}"
AND = " e "
PREVIEW_OF = "Os primeiros registros de {name}, um de {files}, como serão lidos com estas configurações."
COLUMNS = "Colunas ({number})"
BY_LAYOUT = "o leiaute o diz"
CHOSEN = "escolhido aqui"
PREVIEW_AUTOMATIC = "automático; o motivo está abaixo"
CANNOT_READ = "{name} não pode ser lido: {reason}."
CARD_FORMAT = "Formato"
FORMAT_NOTE = "{how}, {columns}"
CARD_SIZE = "Tamanho"
FILES_AND_ROWS = "{files}, cerca de {rows}"
CARD_STRATUM = "Estrato"
CARD_MEASURES = "Medidas"
CARD_TIME = "Tempo"
ABOUT = "cerca de {number}"
TIME_BASIS = "nesta máquina; {basis}"
CARD_OUTPUTS = "Saídas"
ON_THE_DISK = "no disco"
TO_THE_STORE = "para o armazenamento, gravadas antes no disco"
TO_BOTH = "no disco, e para o armazenamento, gravadas antes no disco"
OWN_TYPES = "os seus próprios tipos"
DIALECT = "{delimiter} entre as células, {encoding}"
COLUMN_FACTS = ("Coluna", "Tipo", "Usada como")
DELIMITERS = {",": "vírgula", ";": "ponto e vírgula", "\t": "tabulação", "|": "barra", " ": "espaço"}
AS_STRATUM = "estrato"
AS_MEASURE = "medida"

# probe
PROBE_TITLE = "O que contém"
PROBE_LEAD = "Estimado a partir de {read} de {size}, lidos em lugares ao acaso. A própria execução lê tudo."
LEAD_WHOLE = "Contado e somado: tudo foi lido, {size}."
WAITING = "Lendo lugares ao acaso da entrada, para dizer o que ela contém …"
TOO_MANY = "Com mais de {most} arquivos isto não é estimado aqui; `etl estimate` o faz."
HEADINGS = ("O quê", "Estimativa", "Intervalo de 95 %", "{run}")
A_RUN = "Uma execução a {fraction}"
THE_RUN = "A execução"
ROWS = "Linhas"
REJECTED = "Registros rejeitados"
TOTAL_OF = "Total de {name}"
BETWEEN = "{low} a {high}"
STRATA = "Estratos encontrados ({number})"
WHY = "O intervalo de {name} pode estar errado. {reason}"
EXPECTED = "Uma execução a {fraction} sorteia {rows} e deve ficar dentro de {totals}."
EXPECTED_TOTAL = "±{width} para {name}"
EXPECTED_DOUBT = (
    "A {fraction} não se espera que a execução certifique {names}: linhas de menos para valores que diferem tanto. "
    "Tome uma fração maior."
)
CARD_ROWS = "Linhas"
PROBE_EXACT = "exato"
RUN_CERTIFIED = "±{width}, certificado"
RUN_NOT_CERTIFIED = "±{width}, não certificado"
RUN_NO_INTERVAL = "sem intervalo"
RUN_COUNTS = "as conta"
PROBE_NO_INTERVAL = "nenhum"
PROBE_MISSING = "(vazio)"

# upload
UPLOAD = "Enviar um arquivo, ou vários"
TEXTS = {
    "label": "Escolher arquivos",
    "button": "Enviar",
    "list": "Arquivos a enviar",
    "drop": "Solte arquivos aqui",
}
NOTE = "Binário, CSV ou Parquet, até {size} cada. Vão direto para o disco em data/, um depois do outro."
NOTE_UNLIMITED = "Binário, CSV ou Parquet. Vão direto para o disco em data/, um depois do outro."
SCRIPT_TEXTS = {
    "decimalSign": ",",
    "choose": "Escolha antes um arquivo.",
    "tooLarge": (
        "O arquivo tem {size}; agora podem ser enviados no máximo {limit}. Em vez disso, copie-o para data/ no "
        "servidor."
    ),
    "going": "{done} de {total}, {percent} %, {rate}/s, faltam {left}",
    "storing": "Enviado; o servidor está verificando o arquivo.",
    "stored": "{name} foi enviado. Está escolhido como entrada.",
    "cancelled": "O envio foi cancelado; nada foi guardado.",
    "lost": "A conexão caiu, e nada foi guardado. Envie o arquivo de novo.",
    "ended": "Sua sessão terminou, e nada foi guardado. Entre de novo e depois envie o arquivo.",
    "refused": "O servidor não aceitou o arquivo (estado {status}). Envie-o de novo.",
    "busy": "{name} está sendo enviado; enquanto isso você pode usar as outras telas, mas deixe esta aba aberta.",
    "progress": "Andamento do envio de {name}",
    "cancel": "Cancelar",
    "done": "Enviado.",
    "removeOne": "Tirar {name} da lista",
    "storedAll": "{number} arquivos foram enviados. Estão escolhidos como entrada.",
    "cancelOne": "Cancelar o envio de {name}",
    "waiting": "Espera a vez.",
    "folder": "Isto é uma pasta; solte os arquivos que estão nela.",
}
