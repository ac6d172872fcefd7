"""What is said of cron expressions, in Portuguese."""

from __future__ import annotations

LIST = "{first} e {last}"
AT = "às {times}"
EVERY_MINUTE = "a cada minuto"
EVERY_MINUTES = "a cada {number} minutos"
EVERY_HOUR = "no começo de cada hora"
OF_EVERY_HOUR = "{minutes} de cada hora"
MINUTES_AND_HOURS = "{minutes} {hours}"
EVERY_DAY = "todos os dias"
DAY_OR_WEEKDAY = "{day} ou {weekday}"
DAY_IF_WEEKDAY = "{day}, e só {weekday}"
LAST_DAY = "no último dia do mês"
LAST_WEEKDAY = "no último dia útil do mês"
MINUTES = {
    "one": "no minuto {values}",
    "several": "nos minutos {values}",
    "range": "a cada minuto de {first} a {last}",
    "stepped": "a cada {step} minutos de {first} a {last}",
    "step": "a cada {step} minutos",
    "every": "a cada minuto",
}
HOURS = {
    "one": "na hora das {values}",
    "several": "nas horas das {values}",
    "range": "das {first} às {last}",
    "stepped": "a cada {step} horas das {first} às {last}",
    "step": "a cada {step} horas",
    "every": "em todas as horas",
}
DAYS = {
    "one": "no dia {values} do mês",
    "several": "nos dias {values} do mês",
    "range": "nos dias {first} a {last} do mês",
    "stepped": "a cada {step} dias do dia {first} ao {last} do mês",
    "step": "a cada {step} dias do mês",
    "every": "todos os dias",
}
DAYS_OF_WEEK = {
    "one": "{values}",
    "several": "{values}",
    "range": "de {first} a {last}",
    "stepped": "a cada {step} dias de {first} a {last}",
    "step": "a cada {step} dias da semana",
    "every": "todos os dias",
}
MONTHS_SAID = {
    "one": "em {values}",
    "several": "em {values}",
    "range": "de {first} a {last}",
    "stepped": "a cada {step} meses de {first} a {last}",
    "step": "a cada {step} meses",
    "every": "todos os meses",
}
ON_WEEKDAYS = (
    "aos domingos",
    "às segundas-feiras",
    "às terças-feiras",
    "às quartas-feiras",
    "às quintas-feiras",
    "às sextas-feiras",
    "aos sábados",
    "aos domingos",
)
FORMS_OF_WEEKDAYS = (0, 1, 1, 1, 1, 1, 0, 0)
NTH_WEEKDAYS = {
    -1: ("no último {day} do mês", "na última {day} do mês"),
    1: ("no primeiro {day} do mês", "na primeira {day} do mês"),
    2: ("no segundo {day} do mês", "na segunda {day} do mês"),
    3: ("no terceiro {day} do mês", "na terceira {day} do mês"),
    4: ("no quarto {day} do mês", "na quarta {day} do mês"),
    5: ("no quinto {day} do mês", "na quinta {day} do mês"),
}
WEEKDAYS = (
    "domingo",
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
)
MONTHS = (
    "",
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
)
