"""What is said by the Home screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Início"
LEAD = "O que executa, o que executou e o que precisa de você."
WELCOME = "Nada foi executado aqui ainda"
FIRST_STEPS = (
    "Abra Iniciar. A primeira entrada já está escolhida.",
    "Pressione “Iniciar execução” e acompanhe ao vivo.",
    "Leia o relatório, veja as análises, baixe os arquivos CSV e Parquet limpos.",
)
FIRST_STEPS_VIEWER = ("Peça a um super_admin que inicie a primeira execução; os resultados aparecem aqui.",)
TO_LAUNCH = "Ir para Iniciar"
TO_RUNS = "Todas as execuções"
WATCH = "Acompanhar ao vivo"
OPEN = "Ver a execução"
ACTIVE = "Em andamento agora"
IDLE = "Nada está em andamento."
RECENT = "Execuções recentes"
RECENT_LEAD = "As últimas {number}: quanto cada uma levou, a mais nova à direita. Uma barra leva à sua execução."
LIST = "As execuções mais novas"
FAILURES = "Precisa de você"
FAILURES_LEAD = "Execuções dos últimos sete dias que falharam e que ninguém deu por vistas."
ACKNOWLEDGE = "Dar por vista"
ACKNOWLEDGE_ALL = "Dar todas por vistas"
ACKNOWLEDGE_HELP = "Retira-a daqui para todos. A execução fica, e a trilha de auditoria guarda quem fez isto e quando."
RUNNING = "Em andamento"
RIGHT_NOW = "neste momento"
SUCCEEDED = "Com sucesso"
LAST_SEVEN_DAYS = "últimos sete dias"
FAILED = "Falharam"
ROWS_WRITTEN = "Linhas gravadas"
DISK_LEFT = "Disco restante"
DISK_FREE = "{share} livre"
OLDER_FAILURES = "E {failures}."
