"""What is said by the Schedules screen, in Portuguese."""

from __future__ import annotations

from console.schedules import Missed

# view
TITLE = "Agendamentos"
LEAD = "Execuções que começam sozinhas, e quando."
EMPTY = "Ainda não há agendamento."
EMPTY_VIEWER = "Ainda não há agendamento. Um super_admin acrescenta o primeiro."
LIST = "Todos os agendamentos"
LIST_LEAD = "As horas são as de {zone}, o fuso horário do seu navegador."
DID_NOT_RUN = "não executou"
WHEN = "Quando"
WHAT = "Executa"
OWNER = "Dono"
MISSED = "Se perdeu a hora"
RETRIES_SAID = "Tentada de novo"
RETRIES_TIMES = "{times}, depois de um erro que pode passar"
LAST = "Última"
WHEN_WORDS = "{words}, hora de {zone}"
PRESET = "predefinição {name}"
OWN = "{inputs} para {outputs}"
MISSED_WORDS = {Missed.SKIP: "nada, a próxima hora basta", Missed.ONCE: "uma execução quando o console voltar"}
LAST_WORDS = "{moment}: {word}"
NO_RUN = "nenhuma execução"
NEXT = "Próximas cinco horas"
NEXT_PAUSED = "Está em pausa: suas horas passam sem execução."
RUN_NOW = "Executar agora"
RUN_NOW_HELP = "Põe uma execução na fila na mesma hora, em seu nome."
PAUSE = "Pausar"
PAUSE_HELP = "Suas horas passam sem execução até ser retomado."
RESUME = "Retomar"
RESUME_HELP = "Continua com a sua próxima hora a partir de agora."
EDIT = "Editar"
DELETE = "Apagar"
SURE = "O agendamento some; as execuções que ele iniciou ficam no histórico."
SURE_BUTTON = "Apagar este agendamento"
SEE_RUN = "Ver a última execução"
QUEUED = "A execução {run_id} está na fila."
MORE = "Página"
UPCOMING = "Próximos agendamentos"
TO_SCHEDULES = "Todos os agendamentos"
ACTIVE = "ativo"
PAUSED = "em pausa"
ENDED = "terminado"
RESUMED = "{name} continua."
PAUSED_DONE = "{name} está em pausa."
DELETED = "{name} foi apagado."

# form
ADD = "Acrescentar um agendamento"
CHANGE = "Mudar um agendamento"
NAME = "Nome"
NAME_HELP = "1 a 64 caracteres; não pode ser mudado depois."
CRON = "Expressão cron"
CRON_HELP = (
    "Cinco campos: minuto, hora, dia do mês, mês, dia da semana. 0 6 * * 1-5 é 06:00 de segunda a sexta, */15 * * * "
    "* a cada quarto de hora, 0 0 L * * meia-noite no começo do último dia do mês."
)
ZONE = "Fuso horário"
ZONE_HELP = "De quem é o relógio que a expressão segue, com horário de verão."
FORM_WHAT = "O que executar"
WHAT_HELP = (
    "Uma predefinição é consultada a cada vez, então uma mudança nela conta; as configurações de uma execução são "
    "copiadas como estão agora."
)
FORM_MISSED = "Se nenhum console estava em funcionamento"
RETRIES = "Novas tentativas"
RETRIES_EMPTY = "como dizem as suas configurações"
RETRIES_HELP = (
    "Quantas vezes uma execução é tentada de novo depois de um erro que pode passar: um disco cheio, um motor "
    "encerrado à força. Enquanto espera outra tentativa, ela conta como em andamento, então uma hora que chega "
    "nesse meio-tempo é pulada."
)
MISSED_HELP = "Por mais horas que se tenham perdido, é no máximo uma execução."
FORM_MISSED_WORDS = {Missed.SKIP: "Pular", Missed.ONCE: "Executar uma vez quando voltar"}
PRESET_OPTION = "Predefinição {name}"
OWN_OPTION = "As configurações que tem agora"
RUN_OPTION = "Como a execução {run_id}: {inputs}"
NOTHING_TO_RUN = "Ainda não há o que agendar: salve uma predefinição na tela Iniciar, ou inicie uma execução uma vez."
FORM_NEXT = "Próximas cinco horas, {zone}"
SAVE = "Salvar agendamento"
CANCEL = "Não mudar"
TAKES_OVER = "Você passa a ser o dono: as execuções são suas."
SAVED = "{name} está salvo. {words}, hora de {zone}."
FIRST_CRON = "0 6 * * *"
READ_AS = "{words}, hora de {zone}."

# times
NEVER = "ainda não"
FROM_NOW = "em {span}"
