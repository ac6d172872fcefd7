"""What the engine says of flags and verbs, in Portuguese."""

from __future__ import annotations

# flags
WRONG_FLAGS = "{problem}. `{prog} --help` mostra as opções."
OF_ARGPARSE = (
    "Argumento {argument}: {problem}",
    "Faltam argumentos obrigatórios: {arguments}",
    "Argumentos desconhecidos: {arguments}",
    "É necessário um dos argumentos {arguments}",
    "não pode ser usado junto com o argumento {argument}",
    "não recebe valor, mas foi dado {argument}",
    "falta o valor",
    "falta pelo menos um valor",
    "recebe no máximo um valor",
    "são necessários {number} valores",
    "não é um número inteiro: {value}",
    "não é um número: {value}",
    "valor inválido ({type}): {value}",
    "escolha inválida: {value} (escolha entre {choices})",
)
WRONG_VALUE = "{flag}: {reason} (dado: {given!r})."
WRONG_SETTINGS = "{reason}."
NO_INPUT = "-i/--input: indique pelo menos um arquivo, pasta ou padrão a ler."
PARQUET_CONTRADICTION = "--no-parquet e -p se contradizem; retire um deles."
NO_CSV_NAME = "-o indica um arquivo .parquet; use -p para o Parquet, ou dê ao CSV outro sufixo."
NO_HOME = "--home: {home} não é uma pasta; crie-a ou indique outra."
HOME_IS_HERE = "Casa: {home}, a pasta atual; --home ou ETL_HOME indicam outra."
NO_LIMIT = (
    "runs prune: diga o que guardar com --older-than, --max-gb, --backups-older-than ou --backups-max-gb; sem --yes "
    "só "
    "mostra o que iria."
)
BAD_FRACTION = "--sample-frac: dê uma parte acima de 0 e no máximo 1 (dado: {given})."
SAME_SIGN = (
    "--thousands e --decimal seriam o mesmo sinal, {sign!r}; diga os dois, como --decimal , --thousands . (sem "
    "--decimal é um ponto)"
)
NO_COUNT_OR_SHARE = "dê um número de registros a partir de 0, ou uma parte deles de 0% a 100%"
BAD_SEED = "--seed: dê um número inteiro de 0 a 2**63 - 1 (dado: {given})."
REPORT_IS_OUTPUT = "--report: {path} é uma saída desta execução; indique outro arquivo."
NO_DASK = "--cluster precisa do Dask: pip install distributed."
NO_SCHEDULER = "--cluster: nenhum agendador Dask responde em {address}; inicie-o ou corrija o endereço."
NO_STORE_CLIENT = "Armazenamentos de objetos precisam do botocore: pip install -r requirements-cluster.txt."
NO_CREDENTIALS = (
    "Não há credenciais para {url}; defina AWS_ACCESS_KEY_ID e AWS_SECRET_ACCESS_KEY ou execute onde a máquina tem um "
    "papel."
)
NO_CERTIFICATES = (
    "--cluster: {address} exige TLS e não há certificados definidos; defina DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT e DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY."
)
CERTIFICATES_REFUSED = (
    "--cluster: o agendador em {address} e este motor não confiam nos certificados um do outro; compare os arquivos "
    "que DASK_DISTRIBUTED__COMM__TLS__* nomeia dos dois lados."
)
NO_WORKERS = "--cluster: o agendador em {address} não tem processos; inicie alguns e execute de novo."
OTHER_ENGINE = (
    "--cluster: {where} tem outro motor, ou nenhum; instale a mesma versão de Quantum ETL, Python, NumPy e PyArrow no "
    "agendador e em todos os processos."
)
ON_THE_CLUSTER = "o cluster"
ON_THE_SCHEDULER = "o agendador"
NO_LAYOUT_FLAG = "--layout: não há leiaute {name!r}; são conhecidos {known}."
NO_RATE = "{variable} é {setting!r}; dê um número inteiro de execuções."
ROOTS_NOT_ABSOLUTE = "ETL_ALLOWED_ROOTS contém {path!r}; dê caminhos absolutos, separados por ':'."
NO_OUTPUT = "sem saída: dê -o/--output-csv, -p/--output-parquet ou os dois"
IN_PARTS = "{path} ficaria em {folder}, que --parts substitui por inteiro. Indique outro lugar para um dos dois."
PARTS_WITHOUT_PARQUET = "--parts é sobre a saída Parquet, e nenhuma é pedida. Deixe um dos dois de fora"
SAME_OUTPUT = "a saída CSV e a saída Parquet são o mesmo arquivo"
TWO_SIZES = "--target-error e --sample-frac dizem ambos o tamanho da amostra; retire um deles"
APPEND_WITHOUT_REPLAY = (
    "--append diz onde ficam as linhas de uma releitura; indique também a execução com --replay-of, ou retire-o"
)
SCOPE_WITHOUT_ERROR = "--target-per diz para o que vale --target-error; indique também o erro, como 1%"

# verbs
NO_LAYOUT = "Não há leiaute {name!r}; são conhecidos {known}."
NO_CONSOLE = "Agendamentos são do console, que não está instalado aqui; use cron ou um temporizador do systemd."
NOT_QUEUED = "Não há execução {run_id} a iniciar; inicie uma no console, ou use `run`."
OVER = "A execução {run_id} já terminou; inicie uma nova."
SETTINGS_UNREADABLE = (
    "As configurações da execução {run_id} faltam ou estão danificadas ({path}); inicie a execução de novo."
)
SETTINGS_UNUSABLE = "As configurações da execução {run_id} não podem ser usadas: {why}"
SUMMARY_UNSAID = (
    "a execução {run_id} deu certo e suas saídas estão no lugar, mas o resumo não pôde ser mostrado ({reason}); `etl "
    "runs show {run_id}` o diz."
)
SOURCE_COLUMN_CLASH = "{path} já tem uma coluna {name!r}; dê outro nome a --source-column."
