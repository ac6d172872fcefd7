"""What is said by the Runs screen, in Portuguese."""

from __future__ import annotations

from etl_batch.runs.history.compare import ComparedSubject, IntervalVerdict

# view
TITLE = "Execuções"
LEAD = "Toda execução de que esta casa se lembra. Uma linha leva à sua execução; duas marcadas podem ser comparadas."
NO_RUNS = "Nada foi executado ainda. Inicie uma execução e ela aparece aqui."
NONE_FIT = "Nenhuma execução serve a estes filtros; tire uma palavra da busca ou limpe os filtros."
NOT_TWO = "Podem ser comparadas duas execuções por vez; marque duas."
ALL_RUNS = "Todas as execuções"

# clean_up
CLEAN_UP_TITLE = "Limpar"
CLEAN_UP_LEAD = (
    "Execuções antigas com os seus relatórios, e cópias antigas de saídas. 0 as guarda para sempre. Saídas, "
    "execuções à espera ou em andamento, e a execução mais nova de cada saída ficam sempre. Uma vez por dia o "
    "console faz o que as configurações dizem."
)
RUN_DAYS = "Guardar execuções por (dias)"
RUN_GB = "Guardar execuções até (GB)"
BACKUP_DAYS = "Guardar cópias por (dias)"
BACKUP_GB = "Guardar cópias até (GB)"
TABLE = "O que seria apagado"
DAYS_HELP = "Vão as mais antigas. 0: para sempre."
GB_HELP = "Além disso vão as mais antigas. 0: sem limite."
SHOW = "Mostrar o que seria apagado"
ALL_NOUGHT = "Com estes números tudo é guardado para sempre; mude um deles."
NOTHING = "Nada seria apagado."
WOULD = "{runs}, {reports} e {backups} seriam apagados, {size} ao todo. Nada foi apagado ainda."
SURE = "Sim, apagar o que está listado aqui; não pode ser trazido de volta"
DELETE = "Apagar {count}"
DONE = "{count} apagados, {size} liberados."
LEFT = "{path} ficou: {why}."
WHAT_COLUMN = "O quê"
WHERE_COLUMN = "Onde"
SIZE_COLUMN = "Tamanho"
WHY_COLUMN = "Por quê"

# compare
COMPARE_TITLE = "Duas execuções lado a lado"
BACK = "Voltar às execuções"
NOT_OVER = "A execução {run_id} ainda não terminou; compare-a quando tiver terminado."
THE_SAME_RUN = "Esta é uma só execução duas vezes; escolha outra para compará-la."
NO_DIFFERENCE = "Nada difere além da velocidade."
PARTS = {
    ComparedSubject.SETTINGS: ("Configurações", "O que se mandou as duas execuções fazerem."),
    ComparedSubject.INPUTS: ("Entradas", "Os arquivos como cada execução os achou."),
    ComparedSubject.SCHEMA: ("Colunas", "O tipo de cada coluna."),
    ComparedSubject.COUNTS: ("Registros", "Para onde foram os registros."),
    ComparedSubject.REJECTS: ("Rejeitados por motivo", "Registros que não puderam ser lidos."),
    ComparedSubject.SAMPLE: ("Amostra", "As linhas por trás das estimativas."),
    ComparedSubject.OUTPUTS: ("Saídas", "O que foi gravado; a mesma soma de verificação quer dizer os mesmos bytes."),
    ComparedSubject.SPEED: ("Tempo e memória", "Pequenas diferenças são normais: a máquina faz também outras coisas."),
}
TOTALS = "Totais"
TOTALS_LEAD = (
    "A estimativa com o seu intervalo de 95 %, e o total exato abaixo dela. Dois intervalos que se sobrepõem deixam "
    "lugar para o mesmo total; dois que ficam separados, não."
)
TOTALS_EXACT = "exato {total}"
VERDICTS = {
    IntervalVerdict.SAME: ("igual", "plain"),
    IntervalVerdict.WITHIN: ("igual dentro dos intervalos", "good"),
    IntervalVerdict.UNKNOWN: ("sem intervalo para comparar", "plain"),
    IntervalVerdict.ONE_SIDED: ("só em uma execução", "warn"),
    IntervalVerdict.DIFFERS: ("difere", "bad"),
}
EXACT_SAME = "os totais exatos são iguais"
EXACT_DIFFERS = "os totais exatos diferem"
EQUAL = "O que é igual ({count})"
MORE = "E mais {count}."
ALL_ROWS = "todas as linhas"
LABELS = {
    "records_in": "Registros lidos",
    "size_bytes": "Tamanho",
    "bytes": "Tamanho",
    "sha256": "Soma de verificação",
    "seconds": "Tempo",
    "input_bytes_per_second": "Entrada por segundo",
    "rows_per_second": "Linhas por segundo",
    "peak_memory_bytes": "Pico de memória",
}
DIFFERENCE = "Diferença"
NOTHING_PUBLISHED = "nada foi publicado"
VERDICT = "Veredito"
NO_TOTALS = "Não há totais para comparar: uma das execuções não fez estimativas."
BY_USER = "por {user}"
NAME_OF = "{name} de {of}"
TOTAL_SPAN = "{estimate} ({low} a {high})"
NO_GROUP = "(vazio)"
TOTAL_NAME = "{measure}, {group}"

# details
DETAILS = "Execução"
RELATIVES = "Repetições"
CONFIGURATION = "Configuração"
REASONS = "Rejeitados por motivo"
NOTES = "Observações"
COMMAND = "O mesmo pela linha de comando"
WATCH = "Acompanhar ao vivo"
REPEATS = "Repete a execução {run_id}"
REPEATS_GONE = "Esta execução repete a execução {run_id}, que não é mais guardada."
REPEATED = "Esta execução foi repetida por {count}, a mais nova primeiro."
REPEATED_BY = "Repetida por {run_id} ({state})"
COMPARE_WITH = "Comparar com"
COMPARE_HELP = "As duas execuções são postas lado a lado, primeiro o que difere."
DETAILS_COMPARE = "Comparar"
