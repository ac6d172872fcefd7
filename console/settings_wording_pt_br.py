"""What the console's settings are called, in Portuguese."""

from __future__ import annotations

SECTIONS = {
    "runs": "Execuções",
    "files": "Arquivos",
    "keeping": "O que é guardado",
    "console": "O próprio console",
}
LABELS = {
    "runners": "Execuções ao mesmo tempo",
    "runs_per_hour": "Execuções por usuário e hora",
    "run_timeout_seconds": "Tempo limite de uma nova execução",
    "run_memory_bytes": "Espaço de endereços de um processo",
    "run_tree_memory_bytes": "Memória de uma execução",
    "run_cpu_seconds": "Tempo de processador de uma execução",
    "run_open_files": "Arquivos abertos de um processo",
    "run_input_bytes": "Maior entrada de uma execução",
    "run_output_bytes": "Maiores saídas de uma execução",
    "run_disk_left_bytes": "Disco que uma execução deixa livre",
    "allowed_roots": "Outras pastas ou armazenamentos para entradas e saídas",
    "upload_max_bytes": "Maior envio",
    "disk_reserve_bytes": "Disco mantido livre",
    "keep_backups": "Cópias de cada saída",
    "keep_days": "Guardar execuções por",
    "keep_gb": "Espaço para execuções",
    "keep_backups_days": "Guardar cópias por",
    "keep_backups_gb": "Espaço para cópias",
    "keep_rows_days": "Guardar tarefas concluídas e alertas por",
    "public_url": "Endereço público",
    "second_factor_required": "Exigir um segundo fator dos super_admins",
    "second_factor_required_of_all": "Exigir um segundo fator de todos",
    "metrics_token": "Token de /metrics",
}
HELP = {
    "runners": "Quantas execuções da fila podem trabalhar ao mesmo tempo. Cada uma inicia os próprios processos.",
    "runs_per_hour": "Quem já iniciou tantas espera.",
    "run_timeout_seconds": "O valor com que o formulário Iniciar começa. Uma execução que demora mais é parada.",
    "run_memory_bytes": (
        "O sistema nega mais que isso a um processo de uma execução; não é uma medida da memória em uso, então deixe "
        "folga."
    ),
    "run_tree_memory_bytes": (
        "Uma execução cujos processos juntos usam mais é parada, e encerrada à força quando não para."
    ),
    "run_cpu_seconds": "Uma execução cujos processos juntos usam mais é parada.",
    "run_open_files": "O sistema nega mais que isso a um processo de uma execução.",
    "run_input_bytes": "Uma execução sobre mais é recusada antes de ler, qualquer que seja o seu próprio limite.",
    "run_output_bytes": "Uma execução cujas saídas juntas ficam maiores é parada, e nada dela é publicado.",
    "run_disk_left_bytes": (
        "Uma execução não começa, e é parada, quando sobra menos que isso em um disco em que ela grava."
    ),
    "allowed_roots": (
        "Pastas absolutas, ou s3://bucket/prefixo, uma por linha. As execuções podem ler e gravar tudo abaixo delas, a "
        "partir da próxima."
    ),
    "upload_max_bytes": "Um arquivo maior é recusado antes de ser enviado.",
    "disk_reserve_bytes": "Os envios deixam tanto livre; a verificação de saúde avisa quando sobra menos.",
    "keep_backups": "Quantas versões anteriores de uma saída uma execução deixa ao lado dela.",
    "keep_days": "As execuções mais antigas vão embora quando o histórico é limpo.",
    "keep_gb": "Além disso, as execuções mais antigas vão embora quando o histórico é limpo.",
    "keep_backups_days": "As cópias mais antigas de saídas vão embora quando o histórico é limpo.",
    "keep_backups_gb": "Além disso, as cópias mais antigas vão embora quando o histórico é limpo.",
    "keep_rows_days": "As entradas mais antigas da fila e da lista de alertas vão embora; as execuções ficam.",
    "public_url": (
        "Onde as pessoas alcançam este console, para os links nos alertas: https://etl.example.org. Vazio: sem links."
    ),
    "second_factor_required": (
        "Um super_admin que não tem segundo fator sai na hora e o configura na próxima vez que entrar, antes de tudo."
    ),
    "second_factor_required_of_all": (
        "Quem não tem segundo fator sai na hora e o configura na próxima vez que entrar, antes de tudo."
    ),
    "metrics_token": (
        "O monitoramento o envia como bearer token. ETL_METRICS_TOKEN do ambiente tem precedência sobre ele."
    ),
}
UNITS = {"GB": "GB", "days": "dias", "seconds": "segundos"}
NOUGHTS = {
    "for ever": "para sempre",
    "no limit": "sem limite",
    "the system's own limit": "o limite do próprio sistema",
}
