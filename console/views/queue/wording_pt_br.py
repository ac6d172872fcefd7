"""What is said by the queue, in Portuguese."""

from __future__ import annotations

# part
TITLE = "À espera da vez"
LEAD = "As execuções começam nesta ordem, {runners} de cada vez. Em andamento agora: {running}."
PLACE = "{place} da fila"
FACTS = "{inputs} · {user} · espera há {span}"
OF_SCHEDULE = " · agendamento {name}"
UP = "Subir"
DOWN = "Descer"
FRONT = "Para a frente"
CANCEL = "Cancelar"
UP_HELP = "Começar esta execução um lugar antes."
DOWN_HELP = "Começar esta execução um lugar depois."
FRONT_HELP = "Começar esta execução em seguida. Um operator só muda as próprias execuções entre as próprias."
CANCEL_HELP = "Tirar esta execução da fila. Ela não começou, então nada fica para trás."
MOVED = "A execução {run_id} tem um novo lugar."
CANCELLED = "A execução {run_id} foi tirada da fila; nada tinha começado."
STARTED = "A execução {run_id} já tinha começado e foi parada; a página dela diz o que resultou."
MORE = "E mais {count} atrás delas."
