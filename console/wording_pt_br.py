"""What the console's own pages say, in Portuguese."""

from __future__ import annotations

LANGUAGE = "pt-BR"
"""The pages' own, as HTML names it."""
NAME = "Quantum ETL"

# screens
SECTIONS = {"work": "Trabalho", "results": "Resultados", "settings": "Configurações"}
SCREENS = {
    "home": ("Início", "O que executa, o que executou e o que precisa de você."),
    "launch": ("Iniciar", "Escolher uma entrada e executá-la."),
    "live": ("Ao vivo", "Acompanhar uma execução e cancelá-la."),
    "runs": ("Execuções", "Toda execução: achar, comparar, executar de novo."),
    "schedules": ("Agendamentos", "Execuções que começam sozinhas."),
    "report": ("Relatório", "O relatório de uma execução."),
    "analytics": ("Análises", "Estimativas ao lado dos totais exatos."),
    "data": ("Dados", "Saídas e cópias: olhar, baixar."),
    "rejects": ("Rejeitados", "Registros que não puderam ser lidos."),
    "layouts": ("Leiautes", "Como registros binários são lidos."),
    "alerts": ("Alertas", "Quem é avisado quando uma execução falha."),
    "users": ("Usuários", "Contas, papéis e sessões."),
    "account": ("Minha conta", "Sua senha e suas sessões."),
    "audit": ("Auditoria", "Quem fez o quê; a trilha está inteira?"),
    "system": ("Sistema", "A máquina e as configurações."),
}
"""Each one's title and what it is for."""

# web
GONE = "O console não responde."
GONE_TEXT = "Esta página continua tentando e segue sozinha assim que ele responder."
FOOT = "Entram arquivos, saem tabelas limpas e estimativas honestas."
BACK = "Voltar ao console"
TO_SIGN_IN = "Ir para a entrada"
SIGN_IN = "Entrar"
SIGN_IN_WITH = "Entrar com {label}"
OR_PASSWORD = "Ou com nome e senha:"
OR_SUPER_ADMIN = "Ou, só para super_admins, com nome e senha:"
MOVING_ON = "Você entrou"
MOVING_ON_LEAD = "O console abre sozinho."
GO_ON = "Continuar"
FIRST_START = (
    "Ainda não há administrador. Abra o link de instalação que o console escreveu no seu terminal quando começou."
)
USER_NAME = "Nome de usuário"
PASSWORD = "Senha"
SECOND_STEP = "Segundo fator"
SECOND_STEP_LEAD = "A senha de {name} está certa. Agora o código que o seu aplicativo autenticador mostra."
SECOND_STEP_EITHER = (
    "A senha de {name} está certa. Agora uma das suas chaves de acesso, ou o código que o seu aplicativo "
    "autenticador "
    "mostra."
)
SECOND_STEP_PASSKEY = "A senha de {name} está certa. Agora uma das suas chaves de acesso."
SECOND_STEP_RECOVERY = "A senha de {name} está certa. Agora um dos seus códigos de recuperação."
CODE = "Código"
CODE_RULE = "Seis dígitos; cada um vale uma vez. Sem o telefone: um dos seus códigos de recuperação."
RECOVERY_CODE = "Código de recuperação"
RECOVERY_RULE = "Sem a chave de acesso: um dos que foram mostrados com a primeira; cada um vale uma vez."
PASSKEY_SIGN_IN = "Entrar com uma chave de acesso"
PASSKEY_USE = "Usar uma chave de acesso"
PASSKEY_ADD = "Acrescentar uma chave de acesso"
PASSKEY_ADD_LEAD = (
    "Seu aparelho ou uma chave de segurança a guarda e pede seu PIN, dedo ou rosto. Ela funciona em {host} e em "
    "nenhum "
    "outro lugar, então nenhum outro site pode pedi-la."
)
PASSKEY_NAME = "Nome"
PASSKEY_INSTEAD = "Ou uma chave de acesso, por um nome"
PASSKEY_NAME_RULE = "Pelo qual você a reconhecerá, como Notebook ou Chave azul."
PASSKEY_UNABLE = "Este navegador não conhece chaves de acesso, ou não executa scripts aqui; use outro."
PASSKEY_STOPPED = "Foi parado, demorou demais, ou não há aqui chave de acesso para este endereço; tente de novo."
PASSKEY_KNOWN = "Este aparelho já tem uma chave de acesso sua; use outro."
PASSKEY_FAILED = "O navegador não conseguiu; carregue a página de novo e repita."
TO_ACCOUNT = "Voltar à Minha conta"
PROOF = "É você?"
PROOF_LEAD = "Mostre uma das suas chaves de acesso para continuar. Vale por 10 minutos."
FACTOR_SETUP = "Configurar um segundo fator"
FACTOR_SETUP_LEAD = (
    "A conta {name} exige um antes de tudo. Fotografe a imagem com um aplicativo autenticador, depois digite o "
    "código "
    "que ele mostra."
)
PICTURE = "O segredo como código QR; está abaixo como texto."
SECRET = "Ou digite este segredo no aplicativo:"
FIRST_CODE = "Código que o aplicativo mostra"
FACTOR_ON = "Ligar e entrar"
RECOVERY = "Seus códigos de recuperação"
RECOVERY_LEAD = (
    "Cada um permite entrar uma vez quando o aplicativo ou a chave de acesso se perde. Não são mostrados de novo: "
    "imprima-os, ou guarde-os onde guarda senhas, mas não no telefone."
)
RECOVERY_KEPT = "Eu os guardei; seguir para o console"
SIGN_OUT = "Sair"
SIGN_OUT_SURE = "Sair?"
SIGNED_IN_AS = "Você entrou como {name}. As execuções continuam sem você."
CHOOSE_PASSWORD = "Escolher uma senha"
CHOOSE_LEAD = "É para a conta {name}. O link vale uma vez; todo lugar em que a conta entrou é desconectado."
NEW_PASSWORD = "Nova senha"
NEW_PASSWORD_AGAIN = "Nova senha, mais uma vez"
PASSWORD_RULE = (
    "No mínimo 10 caracteres, no máximo 128. Algumas palavras sem relação são boas; nomes, datas e padrões são "
    "recusados."
)
SAVE_PASSWORD = "Salvar e entrar"
SETUP = "Primeiro início"
SETUP_TITLE = "Criar o administrador"
SETUP_LEAD = (
    "Esta conta pode tudo: iniciar execuções, acrescentar usuários, ler a trilha de auditoria. O link vale uma vez."
)
PASSWORD_AGAIN = "Senha, mais uma vez"
CREATE = "Criar e entrar"
UPLOAD = "Enviar"
UPLOAD_TITLE = "Enviar um arquivo"
UPLOAD_LEAD = (
    "Registros binários fixos, CSV ou Parquet. O arquivo vai para {folder} com um nome novo; o nome dele fica "
    "guardado "
    "ao lado."
)
FILE = "Arquivo"
DID_NOT_WORK = "Isto não funcionou"
SETUP_USED_TITLE = "O link de instalação não é válido"
LINK_USED_TITLE = "O link não é válido"

# health
CHECKS = {
    "database": "Banco de dados",
    "audit": "Trilha de auditoria",
    "disk": "Disco",
    "queue": "Fila",
    "alerts": "Alertas",
    "clock": "Relógio",
}
WRITTEN = "Pode ser gravado; uma gravação levou {time}."
FIRST_VERIFICATION = "Está sendo verificada pela primeira vez."
NEVER_VERIFIED = "Ela nunca foi verificada: faça isso na tela Auditoria."
WHOLE = "Está inteira: {records}, verificada {moment}."
SINCE_THEN = "Ainda não verificados: {records} desde então."
READ_LONG_AGO = "Faz mais de uma semana que ela foi lida por inteiro: verifique-a na tela Auditoria."
ROOM = "Há espaço: mais que os {reserve} que devem ficar livres."
LEFT_FOR = "{left} livres para {folders}"
NO_ROOM = "{disks}; {reserve} deveriam estar livres. Remova execuções, cópias ou entradas antigas."
STANDS_STILL = (
    "Está parada: {runs} esperando há {time} ao lado de um executor livre. Olhe a saída do próprio console, depois "
    "reinicie-o."
)
QUEUE = "{running} em andamento, {waiting} esperando."
DELIVERED = "{messages} entregues, {waiting} a caminho."
NOT_DELIVERED = (
    "{messages} entregues, {waiting} a caminho. {lost} não puderam ser entregues; a tela Alertas diz por quê."
)
CLOCK = "Mostra {here}."
CLOCK_BACK = "Mostra {here}, {time} antes do último registro da trilha de auditoria. Acerte-o."
