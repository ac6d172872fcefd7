"""What is said of a replay, in Portuguese."""

from __future__ import annotations

OTHER_RECORDS = (
    "Pelo leiaute {name} os registros têm {size} bytes agora, e {former} na execução: uma releitura lê os mesmos "
    "registros. Execute de novo, ou mantenha o tamanho."
)
NOT_OVER = "A execução {run_id} não terminou; só então seus rejeitados podem ser relidos."
NOTHING_READ = "A execução {run_id} não leu nada que pudesse ser relido: execute de novo."
NO_REJECTS = "A execução {run_id} não rejeitou nada: não há o que reler."
NOTHING_PUBLISHED = (
    "A execução {run_id} não publicou nada a que acrescentar: deixe --append de fora, ou execute de novo."
)
NOT_MENDED = (
    "Nada foi corrigido: configurações, leiautes e esquema são os da execução {run_id}, então os mesmos registros "
    "seriam rejeitados. Indique o que deve mudar, como --ragged pad, ou edite antes o leiaute ou o esquema."
)
SETTINGS_UNKNOWN = (
    "As configurações da execução {run_id} são de outra versão, então ela não pode ser relida: execute de novo."
)
FIXED = (
    "{flags}: uma releitura lê as entradas da execução {run_id} como ela as leu, e não aceita outras aqui. Deixe isso "
    "de fora, ou execute as entradas de novo."
)
NO_SCHEMA_KEPT = (
    "Não está registrado que esquema a execução {run_id} usou, então ela não pode ser relida: execute de novo."
)
INPUT_CHANGED = (
    "{path} não é o que a execução {run_id} leu: {what}. Uma releitura misturaria duas versões: execute de novo."
)
SIZE_IS = "tinha {former:,} bytes e tem {now:,}"
TIME_IS = "foi gravado em {now}, depois da execução"
READ_OTHERWISE = (
    "{path} seria lido agora de outro modo que pela execução {run_id}, que o tomou por {former}: execute de novo."
)
REJECTED_OTHERWISE = (
    "Lidos como a execução {run_id} os leu, {now:,} registros são rejeitados e não {former:,}: o motor ou uma "
    "entrada é de outra versão. Nada é relido; execute de novo."
)
OTHER_SIGNS = (
    "Foi dito à execução {run_id} como números e datas são escritos ({former}), e uma releitura não pode dizê-lo de "
    "outro modo só para os rejeitados: execute de novo."
)
NOTE = (
    "Releitura da execução {run_id}: dos {tried:,} rejeitados, {passed:,} são linhas agora e {rejected:,} continuam "
    "rejeitados."
)
NOTE_SKIPPED = (
    "Releitura da execução {run_id}: dos {tried:,} rejeitados, {passed:,} são linhas agora, {skipped:,} são em branco "
    "ou comentários, e {rejected:,} continuam rejeitados."
)
APPENDED = "As linhas novas ficam depois de todas as outras."
REWRITTEN = (
    "As células das linhas novas foram postas no modo em que as outras linhas são escritas: números com ponto, datas "
    "ISO, palavras de nulo vazias."
)
