"""What the engine says of estimates, in Portuguese."""

from __future__ import annotations

# a run's estimates
NO_ROWS = "Não há linhas das quais estimar."
NO_MEASURE = "Não há coluna numérica a estimar; os estratos são contados mesmo assim."
CANDIDATES_LACK = (
    "A um estrato faltam candidatos da amostra que a passagem contou; isto é um erro do programa, avise-nos."
)
STRATUM_NOT_COUNTED = "A amostra tem um estrato que nunca foi contado; isto é um erro do programa, avise-nos."
NOT_REACHED = (
    "O erro de {target:g} não foi atingido para {missed}: as linhas vistas antes deram uma amostra pequena demais. "
    "Peça um erro menor, ou uma fração com --sample-frac."
)
UNIQUE = "A coluna {name!r} tem um valor próprio em quase toda linha; em vez disso todas as linhas formam um estrato."
NO_STRATUM_COLUMN = "Não há coluna {name!r} para estratificar; as colunas são {columns}."
NO_MEASURE_COLUMN = "Não há coluna {name!r} para medir; as colunas são {columns}."
NO_NUMBERS = (
    "A coluna {name!r} não contém números ({kind}) e não pode ser medida; indique uma coluna numérica com --measure."
)
EMPTY_COLUMN = (
    "A coluna {name!r} está vazia em toda linha, de modo que todas as linhas são um estrato; indique outra com "
    "--stratum."
)

# an estimate before the run
FEW_BLOCKS = "{clusters} blocos são poucos para um intervalo (no mínimo {least}); tome uma fração maior."
FEW_HOLD_IT = "Está só em {held} de {clusters} blocos, poucos para um intervalo; tome uma fração maior."
UNEVEN = (
    "Os blocos contêm quantidades de dados desiguais demais para um intervalo com {clusters} deles; tome uma fração "
    "maior."
)
SKEWED = (
    "Os blocos diferem demais para uma amostra de {clusters}: os intervalos conteriam o total menos vezes do que "
    "dizem. Tome uma fração maior."
)
ALL_NOUGHT = "Nenhum bloco da amostra contém outra coisa que zero, o que nada diz dos que não foram lidos."
ALL_ALIKE = "Os blocos da amostra são todos iguais, o que nada diz de um que não seja; leia todos para ter certeza."
TOO_SMALL = "Os valores são tão pequenos que sua dispersão está além da precisão dupla; mude a escala deles."
SPREAD_PAST_DOUBLE = "A dispersão dos valores está além da precisão dupla."
NOT_FINITE = "Alguns valores são NaN ou infinitos e contam como zero; limpe-os ou escolha outra medida."
TOTAL_PAST_DOUBLE = "O total está além da precisão dupla."
LEFT_OUT = (
    "Em {left} de {drawn} blocos não se sabe onde os registros começam, por causa das aspas; foram deixados de fora."
)
MAY_MISS = (
    "{few} dos valores encontrados estão em um ou dois blocos apenas, então pode haver outros que nenhum bloco mostrou."
)

# questions to a sample
NEEDS_NUMBERS = "{aggregate} precisa de uma coluna de números; escolha uma."
NO_QUANTILE = "O quantil é {quantile:g} e deve estar entre 0 e 1; 0,5 é a mediana."
NO_FRACTION = "A fração é {sample_frac:g} e deve estar acima de 0 e ser no máximo 1."
NO_NUMBER = "{text!r} não é um número, e {name!r} contém números; digite um como 12.5."
NO_TIME = "{text!r} não é um momento, e {name!r} contém momentos; digite um como 2026-01-31 12:00."
NOTHING_TO_ASK = "Nenhuma linha foi gravada, então não há o que perguntar."
NONE_FOUND = "Nenhuma linha da amostra serve: há menos de umas {most:,.0f} linhas assim ao todo, se houver."
NONE_AT_ALL = "Nenhuma linha serve; toda linha está na amostra, então isto é exato."
DISTRUST = {
    "ODD": "Alguns dos seus valores são NaN ou infinitos e foram deixados de fora.",
    "TOO_FEW": "Linhas sorteadas de menos: {rows}, e são precisas {least}.",
    "LONELY": "Um estrato mostra uma linha de várias, o que nada diz da sua dispersão.",
    "ALIKE": "As {rows} linhas sorteadas são todas iguais; as outras não precisam ser.",
    "NARROW_BASE": "O erro se apoia em umas {effective} linhas, e são precisas {least}.",
    "SKEWED": "Assimétrico demais para {rows} linhas sorteadas.",
    "TAILS": "A execução não certifica esta medida sobre todas as linhas.",
    "UNSEEN": "Estratos com amostra rala e sem linha deste grupo podem esconder algumas.",
    "FAR_OUT": "Há linhas de menos além deste quantil.",
    "TOO_LARGE": "Além da precisão dupla.",
}
NOT_FILTERED = "A coluna {name!r} não pode ser comparada com nada; escolha outra, ou pergunte se ela está vazia."
NOT_OURS = (
    "A amostra e os metadados desta execução não combinam, então nada é estimado deles. Execute de novo para ter uma "
    "amostra a explorar."
)
SAMPLE_LACKS_COLUMN = "A amostra não tem a coluna {name!r}; escolha uma que ela tenha."
SAMPLE_HAS_NO_NUMBERS = "A coluna {name!r} não contém números; escolha outra, ou conte linhas."
NO_SUCH_COLUMN = "A amostra não tem essa coluna; escolha a coluna de novo."
NO_SAMPLE = "Esta execução não deixou amostra; execute de novo para ter uma a explorar."
NO_ESTIMATES = "Esta execução não tem estimativas a explorar. {reason}"
SAMPLE_BROKEN = "A amostra desta execução não pode ser lida; execute de novo para ter uma a explorar."

# their confirmation
NO_PARQUET = (
    "Esta execução não gravou um arquivo Parquet, então não há com que confirmar; execute de novo com uma saída "
    "Parquet."
)
PARQUET_GONE = (
    "O arquivo Parquet que esta execução gravou foi movido ou apagado; execute de novo, ou restaure uma cópia."
)
PARQUET_REPLACED = (
    "O arquivo Parquet contém o que outra execução gravou; explore aquela, ou restaure da cópia o arquivo desta."
)
PARQUET_CHANGED = (
    "O arquivo Parquet foi alterado desde que esta execução o gravou, então não confirma nada; execute de novo."
)
PARQUET_OUTSIDE = (
    "O arquivo Parquet está fora das pastas permitidas; um super_admin pode permitir a pasta dele de novo."
)

# two runs compared
EARLIER, LATER = "anterior", "posterior"
NO_ERROR = "A execução {which} não dá erro."
RUN_PAST_DOUBLE = "Os números da execução {which} estão além da precisão dupla."
NOT_CERTIFIED = "O intervalo da execução {which} não é certificado."

# a run's totals
ONE_ROW = "Uma linha amostrada nada diz da dispersão das outras."
SOME_NOT_FINITE = "{values:,} valores são NaN ou infinitos e contam como zero; limpe-os ou escolha outra medida."
EXACT_PAST_DOUBLE = "O total exato está além da precisão dupla."
FEW_ROWS = "{rows:,} linhas amostradas são poucas para um intervalo (no mínimo {least})."
SKEWED_ROWS = (
    "As linhas que não são tomadas inteiras são assimétricas demais para uma amostra de {rows:,}: os intervalos "
    "conteriam o total menos vezes do que dizem."
)
WOULD_DO = "Uma fração de amostra de {fraction:g} bastaria."
ALL_WOULD_DO = "De amostras maiores só bastaria uma de todas as linhas (uma fração de 1)."
NO_SAMPLE_DOES = "Nenhuma amostra de no máximo {most:,} linhas bastaria."
POOLED = "Foi amostrado junto com outros estratos, então não tem intervalo próprio."
STRATUM_WITHOUT_ROWS = "Um estrato não tem linha amostrada."
LONELY_STRATA = (
    "Só uma linha foi amostrada de {lonely} de {strata} estratos ou conjuntos, o que nada diz da dispersão ali."
)
VARIANCE_PAST_DOUBLE = "A variância está além da precisão dupla."

# the columns that are chosen
NO_STRATUM = (
    "Nenhuma coluna tem de {least} a {most} valores distintos que se repetem, então todas as linhas são um estrato; "
    "indique uma com --stratum."
)
STRATUM_OF_TEXT = (
    "Estrato {name!r}: das colunas de texto é a que melhor serve, com {distinct} valores distintos em {rows} linhas de "
    "planejamento."
)
STRATUM_OF_INTEGERS = (
    "Estrato {name!r}: das colunas de inteiros é a que melhor serve, com {distinct} valores distintos em {rows} linhas "
    "de planejamento."
)
NO_MEASURES = "Não resta coluna numérica a medir; indique uma com --measure."
FIRST_MEASURES = "Medidas: as primeiras {most} de {all} colunas numéricas; indique outras com --measure."
MEASURES = "Medidas: as colunas numéricas que não são chaves, nem momentos, nem o estrato."
