"""What is said by the System screen, in Portuguese."""

from __future__ import annotations

from console.health import CheckState

# view
TITLE = "Sistema"
LEAD = "A máquina, as versões e as configurações."
NOW = "Neste momento"
NOW_LEAD = "Medido de novo a cada dois segundos."
CORES = "Núcleos do processador"
CORE = "Núcleo {number}"
DISKS = "Discos"
DISK_WORDS = "{used} em uso, {free} livres de {total}"
GPU = "GPU"
NO_GPU = "Nenhuma GPU encontrada."
GPU_WORDS = "{load} de ocupação, {used} de {total} em uso"
CLUSTER = "Cluster"
CLUSTER_LEAD = (
    "O que diz o agendador em {address}, perguntado a cada dois segundos. Uma execução vai para lá quando Iniciar diz "
    "isso."
)
CLUSTER_ASKED = "O agendador está sendo perguntado."
CLUSTER_WORKERS = "Processos"
CLUSTER_THREADS = "Threads"
CLUSTER_TASKS = "Tarefas"
CLUSTER_TASKS_NOTE = "em andamento agora"
MEMORY_OF = "de {total}"
NO_MEMORY_LIMIT = "nenhum limite definido"
DASHBOARD = "Página do próprio Dask"
HEALTH = "Saúde"
HEALTH_LEAD = "Verificada quando esta página foi aberta."
STATE_WORDS = {CheckState.GOOD: "Tudo certo.", CheckState.WARN: "Olhe isto.", CheckState.BAD: "Precisa de você."}
AGAIN = "Verificar de novo"
SPACE = "O que ocupa o espaço"
SPACE_LEAD = "Os arquivos da própria casa, medidos {when}."
MEASURING = "Os arquivos estão sendo medidos; recarregue a página daqui a pouco."
MEASURE = "Medir de novo"
MEASURE_HELP = "Percorre todos os arquivos em segundo plano."
PARTS = {
    "inputs": ("Entradas", "data/"),
    "outputs": ("Saídas", "output/"),
    "backups": ("Cópias", "output/"),
    "runs": ("Execuções", "output/runs/"),
    "reports": ("Relatórios", "report/"),
    "console": ("Console", ".secrets/"),
}
VERSIONS = "Versões"
ENGINE = "Quantum ETL"
PYTHON = "Python"
RUN_METADATA = "Metadados da execução"
SCHEMA = "esquema {number}"
DATABASE = "Banco de dados"
MIGRATION = "migração {number}"
WAITING = "{number} à espera"
PROCESSOR = "Processador"
LOAD = "Carga"
LOAD_BEFORE = "{five} e {fifteen} antes"
MEMORY = "Memória"
MEMORY_LEFT = "{left} de {total} restantes"
RUNS_AT_WORK = "Execuções em andamento"
SESSIONS = "Sessões"
SIGNED_IN = "conectadas"
UP_FOR = "Console no ar há"
MACHINE_UP = "a máquina há {span}"
FILES_IN = "{files} em {where}"
GPU_STATE = "Placa de vídeo: {state}"

# settings_form
SETTINGS = "Configurações"
SETTINGS_LEAD = "Valem a partir da próxima execução, para o console e para a linha de comando."
SAVE = "Salvar: {section}"
SAVED = "{number} mudadas: {names}."
UNCHANGED = "Nada foi mudado."
WRONG = "Nada foi salvo. O que está errado aparece ao lado do campo."
NO_NUMBER = "Dê um número."
NOT_SET = "não definido"
IS_SET = "está definido; digite outro para mudar"
REMOVE = "Remover: {name}"

# sign_on_form
SIGN_ON = "Login único"
SIGN_ON_LEAD = (
    "As pessoas entram em um provedor de OpenID Connect, que diz o que podem fazer aqui. Registre lá o console com "
    "o endereço em que os navegadores o alcançam e {path} depois dele."
)
SIGN_ON_FIELDS = {
    "enabled": ("Oferecer login único", "Desligar desconecta quem entrou por ele."),
    "issuer": (
        "Emissor",
        "Como o provedor o escreve: https://id.example.org/realms/etl. http simples só é aceito nesta máquina.",
    ),
    "client_id": ("ID do cliente", "Como o provedor chama este console."),
    "secret": ("Segredo do cliente", "O que o console mostra de si ao provedor. Um cliente público não tem nenhum."),
    "scopes": ("Escopos", "O que se pede ao provedor, com espaços no meio; openid está sempre entre eles."),
    "address": (
        "Endereço de volta",
        "Onde as pessoas alcançam este console: https://etl.example.org. Vazio: de onde cada navegador veio.",
    ),
    "label": ("Palavras no botão", "Aparecem depois de: Entrar com."),
    "name_claim": ("Claim com o nome", "Para o nome de uma conta nova. Sem ela, usa-se o endereço de e-mail."),
    "role_claim": ("Claim com grupos ou papéis", "Um nome como groups, ou um caminho como realm_access.roles."),
    "roles": ("Valores e papéis", "Um por linha, valor = papel; conta o mais alto que a pessoa tem, a cada entrada."),
    "default_role": ("Papel de todos os outros", "De quem nenhum valor dá um papel."),
    "acr": ("Contexto de autenticação exigido", "Valores de acr, com espaços no meio, dos quais um tem de estar lá."),
    "create": ("Criar uma conta na primeira entrada", "Senão um super_admin cria cada uma e a liga pelo terminal."),
    "local_sign_in": (
        "Aceitar também senhas de quem não é super_admin",
        "Um super_admin com senha sempre pode entrar com ela, para o dia em que o provedor está fora do ar.",
    ),
}
ROLES_EXAMPLE = "etl-admins = super_admin"
NO_ROLE = "nenhum: são recusados"
IS_LOST = "não pode mais ser aberto; digite de novo"
SIGN_ON_SAVE = "Salvar: login único"
SIGN_ON_SAVED = "O login único está configurado."
