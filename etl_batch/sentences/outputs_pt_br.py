"""What the engine says of outputs, in Portuguese."""

from __future__ import annotations

# writing
NOT_WRITTEN = "{path} não pode ser gravado ({reason}). Libere o disco ou corrija as permissões."
TARGET_NOT_WRITTEN = "{path} não pode ser gravado ({reason}). Escolha outra pasta ou corrija as permissões."
NO_SPACE = "{path} não pode ser gravado ({reason}). Libere espaço ali."
OUTPUT_NOT_WRITTEN = (
    "{folder}: a saída não pôde ser gravada ({reason}). Libere espaço ali, ou escolha outra pasta; a saída anterior "
    "está intacta."
)
NOT_IN_COMPAT = (
    "Leitores antigos não têm lugar para um valor ({reason}). Deixe --parquet-compat de fora, ou grave só um CSV."
)
NOT_READ_BACK = "{path} não pôde ser lido de volta ({reason})."
SAMPLE_NOT_WRITTEN = "A amostra não pôde ser gravada ({reason}). Libere o disco."
CANNOT_WRITE = "Não foi possível gravar {path}: {reason}. Libere o disco ou corrija as permissões."
CANNOT_WRITE_PERMISSIONS = "Não foi possível gravar {path}: {reason}. Corrija as permissões."
CANNOT_CREATE = "Não foi possível criar {path}: {reason}."
CANNOT_WRITE_FOLDER = "Não foi possível gravar {path}: {reason}. Libere o disco ou indique outra pasta."
CONFIRMATION_NOT_KEPT = (
    "A confirmação não pôde ser guardada em {path} ({reason}). Libere o disco ou corrija as permissões."
)
A_FILE = "Um arquivo"
STANDARD_OUTPUT = "A saída padrão"
DISK_FAILED = "{path}: {reason}. Libere o disco ou corrija as permissões."

# publishing and restoring
BUSY = "{path} está sendo gravado por outra execução; espere por ela ou escolha outra saída."
NOT_COMMITTED = "As saídas não puderam ser efetivadas ({reason}). Nada mudou."
NOT_IN_PLACE = "As saídas não puderam ser postas no lugar ({reason}). A próxima execução termina isso; nada se perdeu."
FOLDER_AWAY = (
    "{path} espera ser posto no lugar, mas a pasta dele está fora: traga {folder} de volta, e a próxima execução "
    "termina isso."
)
STAGED_REPLACED = "{path} é outro arquivo que não o que foi gravado; remova-o, e grave as saídas de novo."
MANIFEST_DAMAGED = "{path} não pode ser lido como o resto de uma efetivação; olhe para ele, e remova-o."
MANIFEST_FOREIGN = "{path} poria arquivos em {folder}, que não é pasta de saídas; olhe para ele, e remova-o."
END_NOT_RECORDED = "As saídas estão no lugar, mas isso não pôde ser registrado: {reason} A próxima execução o registra."
KEPT_BY_ENGINE = "{path} é guardado pelo motor para si; escolha outra saída."
NOT_REGULAR = "{path} é {kind}, não um arquivo comum; escolha outra saída."
NO_BACKUP = "{name} não tem mais uma cópia {backup!r}; olhe a lista de novo."
IS_BACKUP = "{name} já é esta cópia; não há o que restaurar."
NOTHING_TO_RESTORE = "Não há o que restaurar; escolha uma cópia."
CHANGED_SINCE_LOOKED = "Os arquivos mudaram desde que você olhou; olhe a cópia de novo e confirme outra vez."
BACKUP_NOT_IN_PLACE = "A cópia não pôde ser posta no lugar ({reason}). Nada mudou; libere o disco e tente de novo."

# what a restore leaves
MAKER_UNKNOWN = "A execução que gravou esta cópia não está no histórico, então não se sabe o que mais pertence a ela."
OTHER_HOLDS_IT = "{name} já contém os dados desta execução e fica como está."
OTHER_HAS_NO_BACKUP = "{name} da mesma execução não tem cópia; fica como está e conterá os dados de outra execução."
NOT_UPLOADED = "{url} não pôde ser enviado ({reason}); nada foi publicado."
OBJECT_DENIED = "{url} não pode ser gravado com estas credenciais, ou o tempo delas acabou ({reason})."
UPLOAD_GONE = "Alguém fez o armazenamento esquecer o envio de {url}; nada foi publicado. Inicie a execução de novo."
SHORTER = "o arquivo é mais curto do que o que foi gravado"

# who may read them
NO_GROUP = "ETL_GROUP={group}: não há esse grupo; crie-o, ou deixe a variável de fora."
NO_MEMBER = "ETL_GROUP={group}: esta conta não é membro desse grupo; acrescente-a, ou deixe a variável de fora."
NOT_SHARED = "{folder} não pode ser dada ao grupo {group}: {reason}. Troque o dono, ou deixe ETL_GROUP de fora."
NOT_PARTS = (
    "{path} tem arquivos que nenhuma execução com --parts gravou: não tem {manifest}. Indique uma pasta própria, ou "
    "uma que ainda não exista."
)
