"""What is said by the Alerts screen, in Portuguese."""

from __future__ import annotations

from console.alerts import RuleKind, RuleTotal, Security

# view
TITLE = "Alertas"
LEAD = "Quem é avisado quando uma execução falha, rejeita demais ou estima algo estranho."
RULES = "Regras"
RULES_LEAD = "Toda execução que termina é comparada com cada regra ligada, como quer que tenha começado."
NO_RULES = (
    "Ainda não há regra, então ninguém é avisado de nada. Acrescente uma; execuções que falham são um bom começo."
)
CHANNELS = "Canais"
CHANNELS_LEAD = "Para onde vão as mensagens. Suas senhas e tokens nunca são mostrados de novo."
NO_CHANNELS = "Ainda não há canal. Acrescente um e envie por ele uma mensagem de teste."
NOBODY_HEARS = "Nenhum canal está ligado, então ninguém é avisado de nada."
ADD_RULE = "Acrescentar uma regra"
ADD_CHANNEL = "Acrescentar um canal"
CHANGE = "Mudar"
TURN_ON = "Ligar"
TURN_OFF = "Desligar"
DELETE = "Apagar"
SURE_RULE = "A regra some de vez. O que ela enviou fica na lista abaixo."
SURE_CHANNEL = "O canal some de vez, com suas senhas e tokens. Desiste-se do que espera por ele."
SURE = "Apagar de vez"
TEST = "Enviar um teste"
TEST_HELP = "Envia uma mensagem agora e mostra o que o destinatário respondeu."
TESTING = "Esperando a resposta …"
ACCEPTED = "A mensagem de teste foi aceita."
REFUSED = "A mensagem de teste não foi aceita."
TO_ALL = "Avisa todos os canais."
TO_SOME = "Avisa {names}."
SENT = "Enviados e à espera"
SENT_LEAD = "Os {number} mais novos. Cinco tentativas em meia hora, depois se desiste."
NOTHING_SENT = "Nada foi enviado ainda."
NAMES = ("Criado", "Regra", "Execução", "Canal", "Estado", "Última resposta")
STATES = {"waiting": "à espera", "accepted": "aceito", "given_up": "desistiu-se"}
REFUSED_SO_FAR = "à espera, tentativa {number} de {most} em {when}"
LOOK = "Olhar um deles"
LOOK_LABEL = "{rule}, execução {run} por {channel} ({state})"
ATTEMPT_NAMES = ("Quando", "Resultado", "Resposta")
AGAIN = "Enviar de novo"
AGAIN_DONE = "É enviado de novo em segundos."
RULE_GONE = "A regra {name} não existe mais."
CHANNEL_GONE = "O canal {name} não existe mais."
TURNED = "{name}: agora {state}."
ACCEPTED_WORDS = {True: "aceito", False: "não aceito"}
ON = "ligado"
OFF = "desligado"

# forms
NEW_RULE = "Nova regra"
CHANGE_RULE = "Mudar a regra {name}"
NEW_CHANNEL = "Novo canal"
CHANGE_CHANNEL = "Mudar o canal {name}"
NAME = "Nome"
RULE_NAME_HELP = "Aparece em todo alerta desta regra."
CHANNEL_NAME_HELP = "Como você chama este lugar."
KIND = "Avisar quando"
KINDS = {
    RuleKind.FAILED: "uma execução falha",
    RuleKind.REJECTS: "registros demais são rejeitados",
    RuleKind.RANGE: "um total não é o que se espera",
}
CANCELLED = "Também quando alguém cancela uma execução"
CANCELLED_HELP = "Execuções com tempo esgotado são avisadas de todo modo."
MOST_REJECTS = "Mais registros rejeitados que"
MOST_REJECTS_HELP = (
    "Vazio: o número não importa. Uma execução que para no seu próprio limite de rejeitados é avisada de todo modo."
)
MOST_SHARE = "Ou mais que esta parte dos registros (%)"
MOST_SHARE_HELP = "Vazio: a parte não importa."
MEASURE = "Coluna"
MEASURE_HELP = "Uma medida das análises: seu nome como os relatórios o mostram."
TOTAL = "Que total"
TOTALS = {RuleTotal.ESTIMATE: "a estimativa", RuleTotal.EXACT: "o total exato"}
LOW = "Menor valor esperado"
HIGH = "Maior valor esperado"
BOUND_HELP = "Vazio: sem limite deste lado."
FILE = "Só para um arquivo"
FILE_HELP = "Nome de uma entrada ou saída, como vendas*.csv. Vazio: qualquer arquivo."
PRESET = "Só para uma predefinição"
ANY_PRESET = "qualquer execução"
FORMS_CHANNELS = "Avisar estes canais"
ALL_CHANNELS = "Todos eles"
RULE_ON = "A regra está ligada"
CHANNEL_ON = "O canal está ligado"
CHANNEL_KIND = "Tipo"
CHANNEL_KINDS = {"webhook": "Webhook", "mail": "E-mail"}
URL = "Endereço"
URL_HELP = "Recebe um POST com um corpo JSON. Muitas vezes é ele mesmo um segredo, então não é mostrado de novo."
TOKEN = "Token de acesso"
TOKEN_HELP = "Enviado com cada mensagem, para provar quem a envia. Vazio: nenhum."
HEADER = "Cabeçalho do token"
HEADER_HELP = "Authorization o envia como bearer token, qualquer outro cabeçalho o envia como está."
SIGNING = "Segredo de assinatura"
SIGNING_HELP = "Com ele, X-ETL-Signature traz o HMAC-SHA256 do corpo. Vazio: nenhum."
HOST = "Servidor de e-mail"
PORT = "Porta"
PORT_HELP = "587 para STARTTLS, 465 para TLS, 25 sem proteção."
SECURITY = "Proteção"
SECURITIES = {Security.STARTTLS: "STARTTLS", Security.TLS: "TLS", Security.PLAIN: "nenhuma"}
USER = "Usuário"
USER_HELP = "Vazio: o servidor não pede nenhum."
PASSWORD = "Senha"
SENDER = "De"
RECIPIENTS = "Para"
RECIPIENTS_HELP = "Um endereço por linha."
IS_SET = "está definido"
REMOVE = "Remover: {name}"
SAVE = "Salvar"
DROP = "Não salvar"
RULE_SAVED = "A regra {name} está salva."
CHANNEL_SAVED = "O canal {name} está salvo. Envie agora uma mensagem de teste."
