"""What is said by the Live screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Execução ao vivo"
LEAD = "A execução mais nova, ou a que você escolheu. Pode fechar o navegador: a execução continua."
NO_RUN = "Nada foi executado ainda. Inicie uma execução e ela aparece aqui."
WAITING = "A execução espera a sua vez e começa sozinha."
WAITS_TO_GO_ON = "A execução foi interrompida; ela continua sozinha quando chegar a sua vez."
TRY = "Tentativa {number}."
STARTING = "O motor está começando."
PICK = "Execução a acompanhar"
PICK_HELP = "Todas as execuções em andamento ou à espera, a mais nova primeiro."
SILENT_TITLE = "Sem resposta desde {since}."
SILENT = "O processo vive, mas não dá sinal. Espere se o disco ou a máquina estão ocupados, ou cancele a execução."
PAUSED = "O processo foi detido por um sinal (SIGSTOP). Continue com SIGCONT, ou cancele a execução."
WORKER_SILENT_TITLE = "Um processo não responde."
WORKER_SILENT = "Não dá sinal de vida há {time}. Passado o tempo de espera ele é substituído, e nada se perde."
WORKERS_LOST_TITLE = "Processos foram substituídos: {number}."
WORKERS_LOST = "Outros leem de novo a parte deles, e a execução continua. O log diz por que se perderam."
MACHINE = "Máquina"
WORKERS = "Processos"
CLUSTER = "Processos do cluster"
WORKER_COLUMNS = ("Processo", "Bloco", "CPU", "Memória")
