"""What is said by the Report screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Relatório"
LEAD = "O que uma execução leu, gravou, recusou e estimou, em uma página que se pode guardar e imprimir."
NO_REPORT = "Ainda não há relatório. Inicie uma execução: o relatório é escrito quando ela termina."
NONE_FIT = "Nenhum relatório serve a estes filtros; tire uma palavra da busca ou limpe os filtros."
GONE = "A execução {run_id} não tem (mais) relatório."
LIST = "Todos os relatórios ({total})"
LIST_TABLE = "Relatórios"
RUN = "Execução"
RUN_HELP = "De que execução se mostra o relatório. A lista abaixo acha os mais antigos."
FRAME = "Relatório da execução {run_id}"
SECTIONS = "Seções do relatório"
DOWNLOAD = "Baixar o relatório"
BEGAN = "Começou"
STATE = "Estado"
USER = "Usuário"
INPUT = "Entrada"
