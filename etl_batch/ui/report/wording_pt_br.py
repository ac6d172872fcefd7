"""What is said by the Report screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Relatório"
LEAD = "O que uma execução leu, gravou, recusou e estimou, em uma página que se pode guardar e imprimir."
NO_REPORT = "Ainda não há relatório. Inicie uma execução: o relatório é escrito quando ela termina."
NONE_FIT = "Nenhum relatório serve a estes filtros; tire uma palavra da busca ou limpe os filtros."
GONE = "Não há (mais) aqui um relatório da execução {run_id!r}; este é o mais novo que serve."
LIST = "Todos os relatórios"
RUN = "Execução"
FRAME = "Relatório da execução {run_id}"
DOWNLOAD = "Baixar o relatório"
BEGAN = "Começou"
STATE = "Estado"
USER = "Usuário"
INPUT = "Entrada"
NO_INPUT = "sem entrada"
