"""What the console says of errors, in Portuguese."""

from __future__ import annotations

# accounts and signing in
NO_TERMINAL = "Não há um terminal para pedir a senha; passe-a com --password-stdin."
PASSWORDS_DIFFER_START_AGAIN = "As duas senhas diferem; comece de novo."
PASSWORDS_DIFFER = "As duas senhas diferem; digite-as de novo."
PASSWORD_IS_CURRENT = "A nova senha é a atual; escolha outra."
CURRENT_PASSWORD_WRONG = "A senha atual não está certa; digite-a de novo."
NO_MATCH = "Nome e senha não combinam com uma conta ativa; verifique os dois e tente de novo."
TOO_MANY_ATTEMPTS = "Tentativas demais sem sucesso: espere {seconds} segundos e tente de novo."
PASSWORD_SHORT = "A senha tem {length} caracteres; use no mínimo {least}."
PASSWORD_LONG = "A senha tem {length} caracteres; use no máximo {most}."
PASSWORD_HAS_NUL = "A senha contém um caractere NUL; deixe-o de fora."
PASSWORD_GUESSED = "A senha é {word}, seria adivinhada logo. {advice}"
PASSWORD_WORDS = "As palavras que são tentadas primeiro aqui não contam nela: {words}."
PASSWORD_BREACHED = "Ela está nas listas de senhas que foram achadas em vazamentos."
PASSWORD_ADVICE = "Use algumas palavras que não tenham relação."
USER_EXISTS = "Já há um usuário {name!r}; escolha outro nome ou redefina aquele."
NO_USER_NAME = "{name!r} não é um nome de usuário; use de 1 a 64 letras, dígitos, pontos, hífens, @ e sublinhados."
LAST_SUPER_ADMIN = "{name!r} é o último super_admin; acrescente outro que possa entrar antes de mudar este."
NO_LANGUAGE = "O console não tem esse idioma; escolha um de {known}."
NO_USER = "Não há usuário {name!r}; `python -m console users list` mostra os que há."
SETUP_LINK_USED = "Este link de instalação foi usado ou trocado; tome o mais novo do terminal."
SETUP_LINK_NOT_GOOD = "Este link de instalação foi usado ou trocado. Tome o mais novo do terminal, ou entre."
FIRST_USER_EXISTS = "Já há um usuário {name!r}; escolha outro nome."
USER_DISABLED = "{name!r} está desativado; ative a conta antes, depois faça um link."
CODE_DOES_NOT_FIT = (
    "Este código não pertence ao segredo mostrado; tome o que o aplicativo mostra agora, e acerte o relógio do "
    "telefone pela rede."
)
CODE_WRONG = (
    "Este código não está certo ou foi usado; tome o próximo que o aplicativo mostra, ou um código de recuperação "
    "que "
    "reste."
)
PASSWORD_OR_CODE_WRONG = (
    "A senha ou o código não está certo; digite a senha de novo, e o próximo código que o aplicativo mostra."
)
FACTOR_ON_ALREADY = "A conta já tem um segundo fator; entre com ele, ou desligue-o antes."
NO_FACTOR = "{name!r} não tem segundo fator; não há o que redefinir nem desligar."
FACTOR_REQUIRED = "As configurações exigem um segundo fator desta conta; faça novos códigos de recuperação."
PASSKEY_WRONG = "Esta chave de acesso não foi aceita aqui; tente de novo, ou entre de outro modo."
PASSKEY_TOO_LATE = "A chave de acesso foi pedida há tempo demais ou em outra janela; pressione o botão de novo."
PASSKEY_NOT_MADE = "A resposta do navegador não é uma chave de acesso para este endereço; pressione o botão de novo."
PASSKEY_KNOWN = "Esta chave de acesso já está registrada; remova-a onde está, ou tome outro aparelho."
PASSKEY_EXISTS = "Você já tem uma chave de acesso {label!r}; escolha outro nome."
PASSKEYS_ENOUGH = "Uma conta tem no máximo {most} chaves de acesso; remova uma que não usa mais."
NO_PASSKEY = "Esta chave de acesso já foi removida; carregue a página de novo."
NO_PASSKEY_NAME = "Dê à chave de acesso um nome de 1 a {most} caracteres imprimíveis, como Notebook."
NO_PASSKEY_HERE = "Você não tem chave de acesso para {host}; use um código ou a senha."
NO_PASSKEYS_HERE = (
    "Chaves de acesso funcionam num nome de host por https, ou em {local} nesta máquina; abra o console ali e não em "
    "{host}."
)
PASSKEYS_ELSEWHERE = "Suas chaves de acesso só funcionam em {hosts}; abra o console ali, ou continue com um código."
SIGN_IN_OVER = "Esta entrada demorou demais ou já foi feita; comece de novo com nome e senha."
PASSWORD_CHANGED_MEANWHILE = (
    "A conta foi bloqueada ou recebeu outra senha enquanto esta era verificada; entre de novo e repita."
)
NO_PASSWORD_HERE = (
    "{name!r} entra por login único e não tem senha aqui; `python -m console users unlink` retoma a conta."
)
LINK_NOT_GOOD = "Este link foi usado, trocado ou tem mais de um dia. Peça um novo a um super_admin."

# single sign-on
PROVIDER_FAILED = (
    "O serviço de login não respondeu como devia. {reason} Entre com uma senha, ou fale com um super_admin."
)
PROVIDER_NO_KEYS = "Ele não publica chave com que as assinaturas pudessem ser verificadas."
PROVIDER_OTHER_ISSUER = "Ele se chama por outro emissor que o das configurações."
PROVIDER_NO_ENDPOINT = "Um endereço que ele indica não é https."
PROVIDER_TOO_LONG = "Sua resposta é longa demais."
PROVIDER_NO_JSON = "Sua resposta não é um objeto JSON."
PROVIDER_ANSWERED = "Ele respondeu {status}."
PROVIDER_SAID_NO = "O serviço de login disse não ({word}). Tente de novo, ou fale com um super_admin."
SIGN_ON_OFF = "O login único está desligado; entre com nome e senha."
SIGN_ON_SECRET_LOST = "O segredo do login único não pode mais ser aberto; um super_admin o digita de novo."
JOURNEY_OVER = "Esta entrada demorou demais, já foi feita ou começou em outro navegador; comece de novo."
ANSWER_OF_ANOTHER = "Esta resposta não vem do serviço de login que foi perguntado; comece de novo."
IDENTITY_TOKEN_WRONG = (
    "O que o serviço de login diz de você não é aceito: {part} não está certo. Tente de novo, ou fale com um "
    "super_admin."
)
NOT_SIGNED_IN_AGAIN = "O serviço de login não pediu que você entrasse de novo; saia ali, depois tente de novo."
SOMEBODY_ELSE = "Outra pessoa que não {name!r} entrou ali; saia ali, depois tente de novo."
CONTEXT_MISSING = "Você não entrou ali do modo que as configurações exigem; pergunte a um super_admin como."
NO_ROLE_FOR_YOU = "Você é conhecido ali, mas não tem papel aqui; peça um a um super_admin."
NO_ACCOUNT_FOR_YOU = "Você não tem conta aqui. Um super_admin acrescenta uma e a dá a você: `{command}`."
NO_NAME_FOR_YOU = (
    "O serviço de login não lhe dá um nome que uma conta possa ter. Um super_admin acrescenta uma e a dá a você: "
    "`{command}`."
)
NAME_TAKEN = "Já há uma conta {name!r}, e nenhuma é jamais tomada. Um super_admin a dá, ou outra, a você: `{command}`."
LINKED_ALREADY = "{name!r}, ou quem quer que seja no provedor, já está ligado; desligue antes."
NOT_LINKED = "{name!r} não entra por login único; não há o que desligar."
NO_SUBJECT = "Isto não é um sujeito; tome o que a entrada recusada indica."
NO_ISSUER = "Dê o endereço inteiro do emissor, https ou, nesta máquina, http: https://id.example.org/realms/etl."
NO_RETURN_ADDRESS = "Dê um endereço https, ou http nesta máquina, como https://etl.example.org."
SIGN_ON_NEEDS = "O login único precisa disto; preencha, ou desligue-o."
SIGN_ON_TEXT_LONG = "Isto é longo demais ou contém caracteres ocultos; digite de novo."
SIGN_ON_SECRET_AGAIN = "O segredo iria agora a outro provedor: digite-o de novo, ou remova-o."
NO_OPENID_SCOPE = "Sem o escopo openid o provedor não diz quem entra; acrescente-o."
NO_ROLES = "Ninguém teria um papel: ligue um valor a um, ou defina um papel padrão."
NO_ROLE_LINE = "{line!r:.120} não dá um papel; escreva valor = papel, com um de {roles}."
PASSWORDS_NOT_TAKEN = "Só super_admins usam senhas aqui; esta conta entra por login único."

# what a user may not do
SESSION_ENDED = "Sua sessão terminou; entre de novo para {words}."
OPERATOR_MAY_NOT_LAUNCH = (
    "Operadores só iniciam predefinições salvas. Peça a um super_admin que inicie esta execução ou salve uma "
    "predefinição."
)
OPERATOR_MAY_NOT_SAVE = "{name!r} é operador e só pode iniciar predefinições; peça a um super_admin que salve esta."
MAY_NOT_CANCEL = "A execução {run_id} é de {owner!r}; {name!r} só pode cancelar as próprias."
MAY_NOT_RESUME = "A execução {run_id} é de {owner!r}; {name!r} só pode continuar as próprias."
MAY_NOT_MOVE = "A execução {run_id} é de {owner!r}; {name!r} só pode mover as próprias."
OPERATOR_MAY_NOT_SCHEDULE = (
    "{name!r} é operador e só pode executar agendamentos de predefinições; fale com um super_admin."
)
TWO_LENGTHS = "O pedido diz duas vezes o seu tamanho; envie Content-Length ou Transfer-Encoding."
OTHER_SITE = "Este pedido veio de outro site; é recusado."
SIGN_IN_FIRST = "Entre primeiro."
NO_METRICS_TOKEN = "Envie o token de ETL_METRICS_TOKEN como bearer."
ACCOUNT_DISABLED = "A conta {name!r} está desativada; peça a um super_admin que a ative."
NEEDS_ROLE = "Para {words} é preciso o papel {role}; {name!r} é {own}. Fale com um super_admin."
SCREEN_NEEDS_ROLE = "A tela {words} exige o papel {role}; {name!r} é {own}. Fale com um super_admin."
PROOF_NEEDED = (
    "Para {words}, mostre antes que é você, no alto da tela: com a senha, uma chave de acesso ou outra entrada. "
    "Recarregue a página se ela não perguntar."
)

# runs, presets and downloads
NO_RUN = "Não há execução {run_id!r}; a tela Execuções lista as que há."
RUN_NOT_WAITING = "A execução {run_id} não espera mais; a página dela diz o que foi dela."
PRESET_DELETED = "Esta predefinição foi apagada enquanto isso; carregue a página de novo para ver as que há."
NO_PRESET_NAME = "{name!r:.80} não é um nome de predefinição; use de 1 a 64 caracteres imprimíveis."
NO_PRESET = "Não há predefinição {name!r}; a tela Iniciar lista as que há."
NO_REPORT = "A execução {run_id} ainda não tem relatório; ele é escrito quando ela termina."
NO_RUN_FILE = "A execução {run_id} não tem arquivo {name!r}; a página dela lista os que há."
OUTPUT_GONE = "A saída {name} foi movida ou apagada; execute de novo para gravá-la outra vez."
REPLACED_MEANWHILE = "{name!r} foi trocado neste momento; carregue a página de novo."
OUTPUT_REPLACED_KEPT = (
    "A saída {name} foi substituída depois desta execução; o que esta execução gravou está guardado como {backup}, "
    "e a página dela leva até lá."
)
OUTPUT_REPLACED = (
    "A saída {name} foi substituída depois desta execução, e não resta cópia do que esta execução gravou; execute "
    "de novo para gravá-lo outra vez."
)
NO_BACKUP = "Não há cópia {name!r} de uma saída da execução {run_id}; a tela Dados as lista."
NO_REJECTS = "A execução {run_id} não tem rejeitados."

# schedules
PRESET_OF_SCHEDULE_GONE = "Não há mais a predefinição {preset!r}; escolha outra para este agendamento."
NO_RETRIES = "{given} não é um número de novas tentativas; um agendamento aceita de 0 a {most}."
SCHEDULE_EXISTS = "Já há um agendamento {name!r}; escolha outro nome."
SCHEDULE_STILL_RUNS = "A execução {run_id} deste agendamento ainda não terminou; espere que termine."
NO_SCHEDULE = "Não há agendamento {name!r:.80}; a tela Agendamentos lista os que há."
NO_SCHEDULE_NAME = "{name!r:.80} não é um nome; use de 1 a {most} caracteres imprimíveis."
NOTHING_SCHEDULED = "Diga o que executar: uma predefinição, ou uma entrada e uma saída."
NO_PRESET_TO_SCHEDULE = "Não há predefinição {preset!r:.80}; a tela Iniciar as lista."
IN_PRESET_ALREADY = "--preset: {option} já está na predefinição; deixe-o de fora."
OWNER_NO_SUPER_ADMIN = "--user: um agendamento é de um super_admin ({names}); indique um."
NO_SUPER_ADMIN_YET = "Um agendamento precisa de um dono, e ainda não há super_admin; `python -m console users add`."
NO_ZONE = "{name!r:.80} não é um fuso horário; indique um como America/Sao_Paulo ou {utc}."
NO_CRON = "{expression!r:.120} não é uma expressão cron. Dê cinco campos ({fields}), como {example}."
CRON_FIELD_WRONG = (
    "{expression!r} não é uma expressão cron: {what} está errado. Dê cinco campos ({fields}), como {example}."
)
CRON_NEVER = "{expression!r} nunca chega; não há esse dia."

# channels of alerts
CHANNEL_DELETED = "Este canal foi apagado enquanto isso; carregue a página de novo."
CHANNEL_EXISTS = "Já há um canal {name!r}; escolha outro nome."
NO_CHANNEL_NAME = "{name!r} não é um nome; use de 1 a {most} caracteres imprimíveis."
CHANNEL_KIND_STAYS = "Um canal continua o que é; acrescente um novo do outro tipo."
CHANNEL_LOST = "O que este canal guarda não pode mais ser aberto: a chave é outra. Digite tudo de novo."
SECRET_LOST = (
    "Um segredo não pode ser aberto: {path} não é a chave com que foi lacrado. Traga-a de volta, ou digite-o de novo."
)
CHANNEL_SECRET_AGAIN = (
    "O canal vai agora a outro lugar: digite {name} de novo ou remova, não é enviado para lá por si mesmo."
)
NO_WEBHOOK = "Dê o endereço inteiro do webhook, como https://hooks.example.org/etl."
NO_TOKEN_HEADER = "{header!r} não pode levar um token; use Authorization ou X-Api-Key."
TOKEN_NOT_ASCII = "Um token tem só letras, dígitos e sinais ASCII."
NO_MAIL_SERVER = "{host!r} não é o nome de um servidor de e-mail; escreva-o como mail.example.org."
NO_PORT = "Uma porta é um número de 1 a 65535; servidores de e-mail usam 587, 465 ou 25."
NO_MAIL_ADDRESS = "{address!r} não é um endereço de e-mail; escreva-o como ada@example.org."
NO_RECIPIENTS = "Indique de 1 a {most} pessoas que são avisadas, um endereço por linha."
PASSWORD_WITHOUT_USER = "Dê usuário e senha juntos, ou nenhum."
PASSWORD_IN_CLEAR = "Uma senha só é enviada por STARTTLS ou TLS; escolha um deles."
OWN_NETWORK = "{ip} é um endereço da própria rede da máquina ou da sua nuvem; nada é enviado para lá."
ALERT_NOT_WAITING = "Este alerta não espera ser enviado de novo; carregue a página de novo."

# rules of alerts
RULE_DELETED = "Esta regra foi apagada enquanto isso; carregue a página de novo."
RULE_EXISTS = "Já há uma regra {name!r}; escolha outro nome."
RULE_TEXT_LONG = "Isto tem mais de {most} caracteres ou caracteres ocultos; digite de novo."
FILE_WITH_FOLDERS = "Dê só o nome do arquivo, sem as pastas; * vale por qualquer coisa."
NO_REJECT_LIMIT = "Diga quantos registros rejeitados, ou que parte deles, são demais."
REJECTS_BELOW_NOUGHT = "Dê um número de registros a partir de 0."
NO_SHARE = "Dê uma parte de 0 % a menos de 100 %."
NO_MEASURE = "Nomeie a coluna cujo total é observado."
NO_BOUNDS = "Dê o menor ou o maior total esperado, ou os dois."
NO_BOUND = "Um limite é um número simples."
BOUNDS_CROSSED = "O menor total está acima do maior; troque um pelo outro."

# settings
NO_SETTING = "Não há configuração {key!r}; há {known}."
SETTING_TYPE = "A configuração {key} aceita um valor do tipo {type}, não {value!r}."
SETTING_RANGE = "{label}: dê um número de {low} a {high}."
SETTING_RANGE_OR_NOUGHT = "{label}: dê um número de {low} a {high}, ou 0 ({nought})."
NO_ADDRESS = "{value!r} não é um endereço; escreva-o como https://etl.example.org."
NO_TOKEN = "Um token tem até 512 letras, dígitos e sinais, sem espaços."
FOLDER_NOT_ABSOLUTE = (
    "{typed!r:.200} não é uma pasta absoluta; escreva-a a partir de /, sem '..', ou como s3://bucket/prefixo."
)
NO_FOLDER = "Não há pasta {typed!r:.200}; crie-a antes."
FOLDER_OF_SYSTEM = "{typed!r:.200} é do sistema; indique uma pasta feita para dados."
FOLDER_OF_SECRETS = "{typed!r:.200} contém os segredos do console; indique uma pasta feita para dados."

# the clock and what is kept for it
CLOCK_STEPPED = "O relógio foi acertado em {seconds} segundos: mostrava {before} e mostra {now}."
HASH_NOT_REPLACED = "A senha guardada de {name!r} mantém a forma anterior até a próxima entrada: {reason}"
TOKEN_NOT_RENEWED = "Uma sessão mantém o seu token até que outro possa ser gravado: {reason}"
USE_NOT_WRITTEN = "Quando as sessões foram usadas pela última vez fica na memória até poder ser gravado: {reason}"
KEY_UNUSABLE = "Não foi possível usar {path}: {reason}. Libere o disco, corrija o dono e as permissões."

# the port
SIGN_INS_BUSY = "Pessoas demais entram ao mesmo tempo; tente de novo em alguns segundos."
FORGED_VALUE = (
    "Uma página recebeu um valor que o seu campo não pode ter ({kind}); nenhum navegador envia um por si mesmo."
)
NO_ADDRESS_HERE = "Não há nada neste endereço; vá a / para o console."
TOO_MANY_CONNECTIONS = "Há conexões demais abertas; tente de novo em {seconds} segundos."

# forms and uploads
FORM_EXPIRED = "O formulário expirou ou os cookies estão bloqueados; carregue a página de novo e repita."
FORM_TOO_LARGE = "O formulário é grande demais; preencha-o de novo com valores menores."
UPLOAD_PACKED = "O arquivo é {words}; descomprima-o e envie o que está dentro."
UPLOAD_PROGRAM = "O arquivo é {program}; envie registros binários fixos, CSV ou Parquet."
UPLOAD_NO_PARQUET = "O arquivo se chama .parquet e não é um arquivo Parquet; verifique-o ou renomeie-o."
UPLOAD_EMPTY = "O arquivo está vazio; escolha um que tenha registros."
UPLOAD_TOO_LARGE = (
    "O arquivo é maior que os {limit} que podem ser enviados; em vez disso, copie-o para data/ no servidor."
)
UPLOAD_DISK_FULL = "O disco de data/ está cheio demais para este arquivo; libere espaço e envie-o de novo."
UPLOAD_NO_FORM = "Envie o arquivo como multipart/form-data no campo `file`."
UPLOAD_CUT_OFF = "O envio foi cancelado ou interrompido; nada foi guardado."
UPLOAD_MALFORMED = "O envio não é um corpo multipart bem formado; envie-o de novo."
UPLOAD_NOT_STORED = "O envio não pôde ser guardado: {reason}. Libere o disco de data/."
UPLOAD_NO_FILE = "O formulário não tem arquivo no campo `file`; escolha um."
UPLOAD_NOT_WHOLE = "O envio terminou antes de o arquivo estar inteiro; envie-o de novo."

# what the health check tells anybody
DATABASE_NOT_READ = "O banco de dados do console não pode ser lido: {reason}. Conserte-o ou restaure-o de uma cópia."
DATABASE_NOT_WRITTEN = (
    "O banco de dados do console não pode ser gravado: {reason}. Libere o disco dele, ou termine o que o segura."
)
DISK_FULL = "O disco de {folder}/ tem só {free} livres; libere espaço."
DISK_WITHOUT_FILES = "O disco de {folder}/ não aceita mais arquivos; apague alguns."
DISK_NOT_WRITTEN = "O disco de {folder}/ só pode ser lido; monte-o para gravar."
FOLDER_NOT_THERE = "A pasta {folder}/ não pode ser alcançada: {reason}. Traga-a de volta."

# the audit export, the database and the machine
NO_EXPORT = "Não há exportação como {form!r}; tome {known}."
GPU_SILENT = "A ferramenta da própria GPU não responde ({kind})."
FOLDER_UNUSABLE = "Não foi possível usar {folder}: {reason}. Corrija o dono e as permissões."
MIGRATIONS_UNNUMBERED = "As migrações em {folder} não estão numeradas 1, 2, 3 ...; instale o console de novo."
DATABASE_NEWER = (
    "O banco de dados tem a versão {version}, este console conhece a {known}; inicie de novo o console mais novo."
)
DATABASE_UNUSABLE = (
    "O banco de dados do console {path} não pode ser usado: {reason}. Libere o disco, corrija as permissões ou "
    "restaure-o de uma cópia."
)

# alerts that are not delivered
NO_WHOLE_ANSWER = "Nenhuma resposta inteira em {seconds:g} segundos."
CHANNEL_GONE = "O canal foi apagado."
CHANNEL_OFF = "O canal foi desligado."
MAIL_SILENT = "O servidor de e-mail não enviou nada por {seconds:g} segundos."
MAIL_ENDED = "O servidor de e-mail terminou a conexão."
RECIPIENT_REFUSED = "{recipient} recusou: {reply}"
REQUEST_FAILED = "O pedido não pôde ser feito: {reason}."
SENDS_ON = "{status}: manda para outro endereço, o que não é seguido. Digite aquele endereço."
NOT_SECURE = "Sem conexão segura: {reason}."
NO_CONNECTION_IN_TIME = "Nenhuma conexão em {seconds:g} segundos."
NO_ANSWER_IN_TIME = "Nenhuma resposta em {seconds:g} segundos."
NO_CONNECTION = "Sem conexão: {reason}."
REQUEST_FAILED_AS = "O pedido não pôde ser feito ({kind})."
NOT_TRUSTED = "o certificado não é confiável ({reason})"
NO_HOST = "não há esse nome de host"
NOTHING_CAME = "nada veio em {seconds:g} segundos"
ENDED_BY_OTHER = "o outro lado a terminou"
MAIL_ANSWERED = "O servidor de e-mail respondeu {reply}."
MAIL_CANNOT = "O servidor de e-mail não pode fazer isto: {reason}"
MAIL_FAILED_AS = "O e-mail não pôde ser enviado ({kind})."
NO_MAIL_CONNECTION = "Sem conexão com o servidor de e-mail: {reason}."
SENDER_REFUSED = "O servidor de e-mail recusou o remetente: {reply}."
RECIPIENTS_REFUSED = "O servidor de e-mail não aceitou nenhum dos destinatários; {replies}."
TEST_MESSAGE = "Esta é uma mensagem de teste do Quantum ETL: os alertas chegam aqui."

# runs that do not start
CUT_OFF_IN_QUEUE = "O console parou enquanto punha esta execução na fila, e ela nunca começou; execute de novo."
CUT_OFF_AT_START = "O console parou enquanto iniciava esta execução; execute de novo."
SKIPPED_STILL_RUNNING = "Pulado: a execução {run_id} dele ainda não tinha terminado."
SKIPPED_NO_CONSOLE = "Pulado: nenhum console estava em execução então; foi achado com {late} de atraso."
OWNER_GONE = "O dono {owner!r} não tem mais conta. Um super_admin que salvar este agendamento assume-o."
OWNER_DISABLED = "O dono {owner!r} está desativado. Um super_admin que salvar este agendamento assume-o."
OWNER_DEMOTED = "O dono {owner!r} é {role} e não mais super_admin. Um super_admin que salvar este agendamento assume-o."
