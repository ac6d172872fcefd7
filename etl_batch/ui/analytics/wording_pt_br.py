"""What is said by the Analytics screen, in Portuguese."""

from __future__ import annotations

from etl_batch.questions import Aggregate

# view
TITLE = "Análises"
LEAD = (
    "“Inspirado em quântica” quer dizer amostragem estratificada clássica que toma emprestada a ideia da raiz "
    "quadrada ao repartir a amostra; nada aqui roda em um computador quântico nem ganha velocidade quântica."
)
TABS = {
    "totals": "Totais",
    "strata": "Estratos",
    "explorer": "Explorar",
    "history": "Histórico",
}
NO_RUN = "Ainda não há estimativas. Inicie uma execução: elas são feitas enquanto ela lê."
SKIPPED = "Esta execução não tem estimativas."
TOTALS = "Estimativas ao lado dos totais exatos"
TOTALS_LEAD = (
    "A barra é o intervalo de 95 % da estimativa, a linha no zero o total exato, que a execução viu por inteiro. "
    "Cerca de 95 de 100 intervalos devem alcançar a linha."
)
CERTIFIED = "Certificados: {names}. Pode-se confiar em cada intervalo como está."
NOT_CERTIFIED = "Não certificados: {names}. {reason}"
STRATA = "Estratos"
STRATA_LEAD = "Os maiores estratos em linhas, cada um com sua estimativa, seu intervalo e seu total exato."
EXPANSION = "Fatores de expansão"
EXPANSION_LEAD = "Quantas linhas uma linha da amostra representa."
TABLE = "Todos os estratos"
MISSED = "não alcançado"
OF_MEASURES = "de cada total"
OF_STRATA = "de cada total, também por estrato"

# measure_history
MEASURE = "Medida"

# view
TOP = "Estratos mostrados"
ORDER = "Ordem"
ORDERS = ("maiores primeiro", "intervalo mais largo primeiro", "mais longe do total exato primeiro")
NOT_DRAWN = "Não desenhados, porque um total exato de zero ou um intervalo que falta não tem lugar na escala: {names}."
MEASURE_HELP = "De que medida os estratos são mostrados."
TOP_HELP = "Quantos estratos o gráfico desenha; a tabela abaixo tem todos."
ORDER_HELP = "Que estratos vêm primeiro, no gráfico e na tabela."
ROWS_NUMBER = "Linhas"
ALL_OF_THEM_SEEN = "todas elas vistas"
SAMPLED_NUMBER = "Na amostra"
TAKEN_WHOLE = "Tomadas por inteiro"
TAKEN_WHOLE_NOTE = "destas, por seus valores grandes"
STRATA_NUMBER = "Estratos"
BY_COLUMN = "por {column}"
MEASURES_NOTE = "medidas"
SEED = "Semente"
SEED_NOTE = "mesma semente, mesma amostra"
ERROR_TO_REACH = "Erro a alcançar"
NO_REASON = "Não foi dado um motivo."
MEASURE_NAME = "Medida"
ESTIMATE_NUMBER = "Estimativa"
FROM_END = "95 % de"
TO_END = "a"
EXACT_NUMBER = "Exato"
YES = "sim"
NO = "não"
POOLED = "agrupado"
EXPANSION_NUMBER = "Expansão"
EXPANSION_SQRT = (
    "Quantas linhas uma linha da amostra representa. Estratos grandes são amostrados mais ralos: a ideia da raiz "
    "quadrada."
)
REACHED = "alcançado"
REACHED_OF = "{reached}, {of}"
STRATUM = "estrato"

# explorer
EXPLORER_TITLE = "Explorar a amostra"
EXPLORER_LEAD = (
    "Pergunte o que quiser sobre as linhas que esta execução amostrou: qualquer coluna como grupo, qualquer filtro. "
    "Cada resposta vem com o seu intervalo de 95 %, em milissegundos e sem tocar nos dados."
)
ANSWER = "A resposta"
EXACTLY = "As duas respostas"
CONFIRM = "Confirmar exatamente"
CONFIRM_HELP = (
    "Faz ao arquivo Parquet inteiro a mesma pergunta sobre os grupos mostrados aqui, e põe as duas respostas lado a "
    "lado."
)
CONFIRMING = "Lendo o arquivo inteiro …"
NO_CONFIRMING = "Isto não pode ser confirmado exatamente. {reason}"
DOWNLOAD = "A resposta em CSV"
MORE_GROUPS = "São mostrados os {shown} maiores grupos de {total}; o CSV tem os primeiros {saved}."
CANNOT = (
    "{groups} não podem ser respondidos por esta amostra e não são desenhados; a última coluna da tabela diz por quê."
)
CANNOT_ANY = (
    "Nenhum destes grupos tem linhas suficientes na amostra; tome menos grupos, um filtro mais largo ou uma fração "
    "maior."
)
ALL_ROWS = "(todas as linhas)"
NO_VALUE = "(sem valor)"
MEMORY_NONE = "Nenhum intervalo deste histórico foi confirmado ainda."
MEMORY = (
    "Confirmados até agora, em todas as execuções: {intervals} em {questions}, cada pergunta contada uma vez; "
    "contiveram o valor em {share} ({low} a {high})."
)
MEMORY_CERTIFIED = "Destes, {intervals} eram certificados: contiveram o valor em {share} ({low} a {high})."
GROUP = "Grupo"
ESTIMATE = "Estimativa"
FROM = "95 % de"
SAMPLED = "Linhas da amostra"
CHANCE = "Por acaso"
ROWS = "Linhas ao todo, cerca de"
VERDICT = "Pode-se confiar?"
EXACT = "Exato"
OUTCOME = "Intervalo"
FROM_THE_SAMPLE = "Da amostra"
FROM_THE_WHOLE_FILE = "Do arquivo inteiro"
TIMES_AS_LONG = "{times} o tempo"
INTERVALS_THAT_HELD = "Intervalos que contiveram"
PART_OF = "{part} de {whole}"
WHERE_THERE_WAS_ONE_TO_HOLD = "onde havia um valor a conter"
EMPTY_VALUE = "(vazio)"
ANSWERED_IN = "Respondido em"
SAMPLED_ROWS = "Linhas da amostra"
SHARE_OF_ROWS = "{share} das linhas"
GROUPS = "Grupos"
GROUPS_NOTE = "de que a amostra tem linhas"
CERTIFIED_NUMBER = "Certificados"
QUANTILE_OF = "{word} {share}"
AGGREGATE_OF = "{word} de {measure}"
HELD = "conteve"
MISSED_IT = "não conteve"

# explorer_figures
CERTAIN = "conhecido com certeza"
DOUBTFUL = "não certificado"
EXACT_NAME = "exato"
EXACT_HOVER = "<b>{name}</b><br>exato {exact}"
ANSWER_HOVER = (
    "<b>{name}</b><br>estimativa {estimate}<br>intervalo de 95 % de {low} a {high}<br>{sampled} linhas da amostra"
)
CERTIFIED_GROUP = "certificado"

# explorer_form
WHAT = "Calcular"
OF = "Da coluna"
BY = "Agrupar por"
SHARE = "Quantil"
WHAT_HELP = "O que calcular para cada grupo."
OF_HELP = "A coluna de números com que se calcula; contar linhas não precisa de nenhuma."
BY_HELP = "Cada valor desta coluna é um grupo próprio, também um que falta."
SHARE_HELP = (
    "A parte das linhas na resposta ou abaixo dela: 0,5 é a mediana, 0,9 o que nove de dez linhas não ultrapassam."
)
AGGREGATES = {
    Aggregate.SUM: "Soma",
    Aggregate.MEAN: "Média",
    Aggregate.COUNT: "Número de linhas",
    Aggregate.QUANTILE: "Quantil",
}
ALL_TOGETHER = "(todas as linhas juntas)"
COLUMN = "Coluna do filtro"
CONDITION = "Condição do filtro"
VALUE = "Valor do filtro"
COLUMN_HELP = "Só se olham as linhas que servem a todos os filtros."
CONDITION_HELP = "Como a célula é comparada com o valor."
VALUE_HELP = "Um filtro sem valor é deixado de lado."
TIME_VALUE_HELP = (
    "Um dia ou um momento em UTC, como 2026-01-31 ou 2026-01-31 12:00. Sem ele o filtro é deixado de lado."
)
ADD = "Acrescentar um filtro"
REMOVE = "Remover"
REMOVE_HELP = "Tirar este filtro."
ADD_HELP = "Olhar só linhas que servem a uma condição; várias têm de servir todas."
FRACTION = "Fração de todas as linhas"
FRACTION_HELP = (
    "Deslize para baixo para ver o que menos destas linhas teriam respondido: intervalos mais largos, de linhas que "
    "são parte desta amostra. Nada é lido de novo."
)
WHOLE_SAMPLE = "a amostra inteira ({share})"
NO_NAME = "(sem nome)"

# interval_study
STUDY = "Com que frequência tais intervalos acertam"
STUDY_COLUMNS = (
    "População",
    "Certificados",
    "Contiveram o total",
    "Terminaram abaixo / começaram acima",
    "Linhas amostradas",
)
STUDY_SOURCE = (
    "Depois de ± está o erro de Monte Carlo: quanto uma parte de tantas amostras pode desviar por acaso. "
    "docs/analytics.md descreve o estudo e tem a tabela inteira."
)
LARGER = "O que uma amostra maior traz"
LARGER_LEAD = (
    "Que largura se pode esperar do intervalo de 95 % de cada total, como parte do total, quando se amostram mais "
    "ou menos linhas. Segue da dispersão de todas as linhas, que a execução viu; com caudas pesadas uma amostra "
    "maior faz melhor que o desenhado. Os losangos são o que os intervalos desta execução deram."
)
SHARES = "Como a amostra foi repartida"
SO_FAR = "Cobertura até agora"
SO_FAR_LEAD = (
    "Quantos intervalos de totais deste histórico contiveram o total exato; a linha são os 95 % que eles prometem."
)
SO_FAR_NONE = "Nenhuma execução tem ainda um intervalo que possa errar."
SO_FAR_CERTIFIED = "De {count} que {were} certificados, {held} contiveram o total exato: {share} ({low} a {high})."
SO_FAR_OTHERS = "De {count} que {were} não certificados, {held} o contiveram: {share} ({low} a {high})."
SO_FAR_COUNTED = (
    "Entre parênteses está o intervalo de 95 % da parte (Wilson). Totais sem erro não contam, pois não podem errar; "
    "execuções que tiraram a mesma amostra da mesma entrada contam uma vez{repeated}. Medidas de uma execução "
    "partilham as linhas e às vezes acertam ou erram juntas, então a verdade pode estar um pouco mais "
    "longe.{bounded}"
)
REPEATED = " ({count} deixadas de lado)"
BOUNDED = " Só se olharam as {runs} execuções mais novas."

# measure_history
HISTORY = "Execução após execução"
HISTORY_LEAD = (
    "O total de uma medida em cada execução que gravou as mesmas saídas (no máximo as {limit} mais novas), a mais "
    "nova à direita. Fala-se em mudança quando as estimativas diferem mais do que o acaso explica."
)
SHORT = "Esta foi a primeira execução que gravou estas saídas; a próxima começa um histórico."
MEASURE_HISTORY_MEASURE_HELP = "De que medida se mostram os totais, execução após execução."
CHANGES = "De execução a execução"
COLUMNS = ("Execuções", "O que dizem as estimativas", "Totais exatos")
OTHERS = "Comparações anteriores sem mudança ({count})"
COMPARISONS = "Todas as comparações de todas as medidas em CSV"
CHANGED = "{name} {moved}, uma mudança"
MEASURE_HISTORY_EXACTLY = "{name} {moved}: os dois totais são sem erro"
MEASURE_HISTORY_CHANCE = "não mais que acaso: {span}"
SAME_SAMPLE = "nenhuma diferença: a mesma semente tirou a mesma amostra da mesma entrada"
NO_DIFFERENCE = "nenhuma diferença: os dois totais são sem erro"
UNKNOWN = "não se pode dizer. {reason}"
EXACT_SAME = "iguais"
EXACT_DIFFER = "diferem em {difference}"
EXACT_UNKNOWN = "não conhecidos"
LOOKED_AT = (
    "{comparisons} {were} olhadas, de todas as medidas e todos os pares de execuções seguidas, e {found}. Quem olha "
    "muitas vezes acha algo por acaso, então cada uma é medida com mais rigor (correção de Holm): a chance de que "
    "algo aqui seja chamado de mudança sem ser é no máximo {error}. Um intervalo entre parênteses é o da própria "
    "comparação, 95 %, sem a correção."
)
NONE_LOOKED_AT = "Não há duas execuções seguidas que se possam comparar por suas estimativas."
NO_TEST = "{pairs} tiraram a mesma amostra ou não tinham erro algum, o que não deixa nada a testar."
BETWEEN = "{first} a {second}"
SPAN = "{size} ({low} a {high})"
HITS = {0: "nenhuma é uma mudança", 1: "uma é uma mudança"}
HITS_MANY = "{number} são mudanças"
ROSE = "subiu {size}"
FELL = "caiu {size}"
WAS = "era"
WERE = "eram"

# sample_figures
ROOT_OF_ROWS = "raiz quadrada das linhas do estrato"
ROWS_DRAWN = "linhas sorteadas"
DRAWN_OF = "linhas sorteadas: {drawn} de {rows}"
SHARE_SAMPLED = "parte das linhas que é amostrada"
HALF_INTERVAL = "metade do intervalo de 95 %"
THIS_RUN = "esta execução"
SAMPLE_HOVER = "<b>{name}</b><br>{fraction}, {rows}<br>±{width}"
INTERVALS_HELD = "intervalos que contiveram o total exato"
HELD_HOVER = "{held} de {count} contiveram: {shares}"
THIS_RUN_HOVER = "%{text}<br>esta execução<extra></extra>"
