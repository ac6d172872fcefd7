"""What is said by the Audit screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Auditoria"
LEAD = (
    "Quem fez o quê, em uma trilha cujos registros são encadeados e assinados: percebe-se um registro mudado, "
    "removido ou acrescentado."
)
STATE = "A trilha está inteira?"
VERIFY = "Verificar agora"
VERIFY_HELP = "Lê de novo todos os registros e os confere com a chave, a corrente, a cabeça e a âncora."
CHECKING = (
    "Os registros estão sendo lidos. Enquanto isso, esta página pode ser usada ou deixada: o resultado fica guardado."
)
CHECKING_TITLE = "Verificação da trilha de auditoria"
NEVER = "A trilha ainda não foi verificada."
WHOLE = "A trilha está inteira."
WAS_WHOLE = "A trilha estava inteira quando foi verificada."
TORN = "A trilha está inteira, sua última linha está rasgada."
TAMPERED = "A trilha foi adulterada."
TAMPERED_AT = "A trilha foi adulterada no registro {seq}."
WHEN = "Verificada {at}, em {seconds}."
READ_BEFORE = "Dos primeiros {records} só o fim foi olhado de novo; todos foram lidos {at}."
SINCE_THEN = "Ainda não verificados: {records} desde então."
CHANGED_SINCE = "O fim da trilha é outro desde então: verifique-a agora."
WHAT_TO_DO = (
    "Não mude nada: deixe .secrets/ e a âncora como estão e faça uma cópia de ambas.",
    (
        "Compare a trilha com uma cópia de segurança a partir do primeiro registro ruim; toda cópia da âncora é uma "
        "testemunha."
    ),
    "Descubra quem podia gravar em .secrets/. Depois comece uma nova trilha como diz docs/audit.md.",
)
RECORDS = "Registros"
TEXT = "Buscar"
TEXT_HELP = "Palavras que estão todas em um registro: em seu usuário, ação, alvo, resultado ou detalhe."
USER = "Usuário"
ACTION = "Ação"
OUTCOME = "Resultado"
CHOICE_HELP = "São oferecidos os dos registros mais novos; qualquer outro pode ser digitado."
TARGET = "Alvo"
TARGET_HELP = "Uma parte daquilo a que a ação se refere: uma execução, um arquivo, uma conta."
SINCE = "Do dia"
UNTIL = "Até o dia"
DAY_HELP = "Os dias contam em UTC, de meia-noite a meia-noite."
SIZE = "Registros em uma página"
NEWER = "Registros mais novos"
OLDER = "Registros mais antigos"
GO_ON = "Buscar em registros mais antigos"
NOTHING = "Nenhum registro serve à busca."
NOT_YET = "Nenhum registro até {reached} serve. A trilha continua: busque também nos registros mais antigos."
SOME = "A busca voltou até {reached}. A trilha continua: busque também nos registros mais antigos."
EMPTY = "A trilha está vazia; começa com a primeira ação."
SHOWN = "{number}, do mais novo ao mais antigo, até {reached}. Escolha uma linha para ler o registro inteiro."
RECORD = "Registro {seq}"
EXPORT = "Exportar"
EXPORT_LEAD = "Todo registro que serve à busca, do mais antigo ao mais novo. A própria exportação entra na trilha."
EXPORT_LINKS = (("jsonl", "Linhas JSON, como estão na trilha"), ("csv", "CSV para uma planilha"))
NUMBER = "Nº"
MOMENT = "Quando"
DETAIL = "Detalhe"
ANY = "qualquer"
