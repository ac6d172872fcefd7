"""What the engine says of the audit log, in Portuguese."""

from __future__ import annotations

# recording
RECORD_TOO_LONG = "O registro de auditoria de {action!r} é longo demais; nomeie as coisas, não as copie."
NO_DETAIL = "O detalhe de auditoria {name!r} contém {value!r:.40}; dê texto, números, listas ou mapas."
CONFIDENTIAL = "A trilha de auditoria nunca guarda segredos: tire {key!r} do detalhe."
REFUSED_BY_LOG = (
    "A ação {action!r} foi recusada porque não pode ser registrada: {reason} Execute `audit verify`; docs/audit.md "
    "diz "
    "como começar uma nova trilha."
)
REFUSED_BY_DISK = (
    "A ação {action!r} foi recusada porque não pode ser registrada: {path}: {reason}. Torne esse lugar gravável e "
    "libere o disco."
)

# reading
UNREADABLE = "A trilha de auditoria {path} não pode ser lida: {reason}; corrija as permissões."
NO_MOMENT = "{moment!r} não é um momento; dê um como 2026-01-31T00:00:00Z."
NO_ANCHOR = "A âncora {anchor} não existe; indique o arquivo que guarda os pontos de verificação."

# what does not verify
NOT_REGULAR = "{path} não é um arquivo comum."
DAMAGED = "{path} está danificado."
NO_KEY = "falta a chave {path}."
KEY_DAMAGED = "a chave {path} está danificada: não são 64 dígitos hexadecimais."
NO_CHECKPOINT = "a âncora tem uma linha que não é um ponto de verificação: {line!r}."
END_IS_NO_RECORD = "o fim da trilha não é um registro."
PART_IS_CUT = "a última parte da trilha, {path}, não termina com um registro."
PART_IS_TORN = "o registro {seq} está cortado no fim de {path}, uma parte em que não se grava mais."
LAST_LINE_IS_NO_RECORD = "a última linha da trilha não é um registro."
NO_RECORD = "a linha {seq} não é um registro."
LAST_DOES_NOT_FIT = "o registro {seq}, o último, não serve à chave."
CHANGED = "o registro {seq} foi alterado."
FIRST_CHANGED = "o registro {seq} foi alterado, ou a chave não é a com que esta trilha foi gravada."
OUT_OF_PLACE = "o registro {seq} não está no seu lugar: está ali o registro {other}."
DOES_NOT_FOLLOW = "o registro {seq} não segue o registro anterior."
NO_HEAD = "falta head.json."
ENDS_BEFORE_HEAD = "a trilha termina no registro {seq}, head.json se lembra de {remembered}."
ENDS_BEFORE_ANCHOR = "a trilha termina no registro {seq}, a âncora se lembra de {remembered}."
NOT_THAT_OF_HEAD = "o registro {seq} não é aquele de que head.json se lembra."
NOT_THAT_OF_ANCHOR = "o registro {seq} não é aquele de que a âncora se lembra."
OTHER_LENGTH = "a trilha é mais curta ou mais longa do que head.json se lembra."
ENDS_AFTER = "a trilha termina depois de {records} registros, head.json se lembra de {remembered}."
ANCHOR_SHORTER = "a âncora está mais curta do que era."
ANCHOR_GOES_BACK = "a âncora volta ao registro {seq} depois de um posterior."

# whether it is whole
CANNOT_READ = "{path} não pode ser lido: {reason}."
ROLLED_BACK = "a trilha foi revertida: termina depois de {records} registros, a âncora se lembra de {remembered}."
NOTHING_YET = "A trilha de auditoria {path} está vazia: nada foi registrado ainda."
WHOLE_WITH_CHECKPOINTS = (
    "A trilha de auditoria está inteira: {records} registros, de acordo com {checkpoints} pontos de verificação de "
    "{anchor}."
)
WHOLE_WITHOUT_CHECKPOINT = (
    "A trilha de auditoria está inteira: {records} registros; não há ponto de verificação em {anchor}, de modo que "
    "uma "
    "reversão de trilha e cabeça não seria vista."
)
TORN = "{sentence} A última linha está rasgada: uma queda a cortou antes de contar; o próximo acréscimo conserta isso."
DOES_NOT_VERIFY = (
    "A trilha de auditoria {path} não se confirma: {problem} Deixe os arquivos como estão e compare-os com uma "
    "cópia; "
    "docs/audit.md diz como começar uma nova trilha."
)
DOES_NOT_VERIFY_FROM = (
    "A trilha de auditoria {path} não se confirma: {problem} Primeiro registro ruim: {seq}. Deixe os arquivos como "
    "estão e compare-os com uma cópia; docs/audit.md diz como começar uma nova trilha."
)
