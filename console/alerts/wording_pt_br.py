"""O que dizem os alertas: por que uma regra avisa, o que ela observa, e as linhas de um e-mail."""

from __future__ import annotations

from etl_batch.model import RunStatus

# channels
THROUGH = "{people} por {server}"
AND_MORE_THROUGH = "{people} e mais {more} por {server}"

# findings of rules
ENDED = {
    RunStatus.FAILED: "A execução {run} de {user} falhou.",
    RunStatus.TIMED_OUT: "A execução {run} de {user} passou do tempo limite.",
    RunStatus.CANCELLED: "A execução {run} de {user} foi cancelada.",
}
SOMEBODY = "alguém"
LACKING = "A execução {run} de {user} seguiu sem estimativas que lhe foram pedidas: {reason}"
REJECTED = "A execução {run} de {user} rejeitou {rejected} de {records} ({share})."
REJECTED_MOST_FOR = "A execução {run} de {user} rejeitou {rejected} de {records} ({share}), mais vezes por {reason}."
REJECTED_STOPPED = (
    "A execução {run} de {user} rejeitou {rejected} de {records} ({share}) e parou no seu próprio limite."
)
REJECTED_MOST_FOR_STOPPED = (
    "A execução {run} de {user} rejeitou {rejected} de {records} ({share}), mais vezes por {reason}, e parou no seu "
    "próprio limite."
)
NO_ESTIMATE = "A execução {run} de {user} não tem estimativa de {measure}, então não pôde ser conferida."
NO_EXACT = "A execução {run} de {user} não tem o total exato de {measure}, então não pôde ser conferida."
ESTIMATED = "A execução {run} de {user} estima {measure} em {value}, o que está {outside}."
COUNTED = "A execução {run} de {user} conta {measure} exatamente em {value}, o que está {outside}."

# what a rule looks at
FAILS = (
    "Uma execução falha ou passa do tempo limite, ou a uma de uma predefinição ou de um agendamento faltam as "
    "estimativas que ela pede"
)
FAILS_OR_CANCELLED = (
    "Uma execução falha, passa do tempo limite ou é cancelada, ou a uma de uma predefinição ou de um agendamento "
    "faltam as estimativas que ela pede"
)
MORE_RECORDS = "Mais de {records} rejeitados"
MORE_SHARE = "Mais de {share} dos registros rejeitados"
MORE_RECORDS_OR_SHARE = "Mais de {records} ou de {share} dos registros rejeitados"
ESTIMATE_IS = "A estimativa de {measure} está {outside}"
EXACT_IS = "O total exato de {measure} está {outside}"
ABOVE = "acima de {high}"
BELOW = "abaixo de {low}"
OUTSIDE = "fora de {low} a {high}"
FOR_FILES = "{what}, para arquivos chamados {file}"
FOR_PRESET = "{what}, para a predefinição {preset}"

# mail
SUBJECT = "[Quantum ETL] {sentence}"
MORE_INPUTS = "e mais {number}"
RUN = "Execução"
STATUS = "Estado"
USER = "Usuário"
INPUTS = "Entradas"
RECORDS = "Registros"
COUNTS = "{records} lidos, {written} gravados, {rejected} rejeitados, {skipped} pulados"
COUNTS_SO_FAR = "{records} lidos, {rejected} rejeitados, {skipped} pulados; nada foi publicado"
STARTED = "Início"
FINISHED = "Fim"
RULE = "Regra"
