"""What is said by the Account screen, in Portuguese."""

from __future__ import annotations

# view
TITLE = "Minha conta"
LEAD = "Sua senha e os lugares em que você entrou."
LANGUAGE_OF_SCREENS = "Idioma"
LANGUAGE_HELP = (
    "De todas as telas e dos relatórios das suas execuções. O que é guardado (logs, arquivos, a trilha de "
    "auditoria) fica em inglês."
)
BROWSERS_LANGUAGE = "O do navegador"
LANGUAGE_CHOSEN = "As telas falam este idioma a partir de agora."
PASSWORD = "Senha"
NO_PASSWORD = "Você entra por login único; a senha é trocada lá."
PASSWORD_LEAD = "Ao trocá-la, você sai de todos os outros lugares."
CURRENT = "Senha atual"
CHANGE = "Trocar a senha"
CHANGED = "Sua senha foi trocada; {number} em outros lugares: encerradas."
SESSIONS = "Onde você está conectado"
SESSIONS_LEAD = "Uma sessão termina sozinha depois de 12 horas sem uso."
SEEN = "último uso"
HERE = "{number}, esta"
END = "Encerrar a sessão {number}"
END_HELP = "Desconecta esse navegador."
END_OTHERS = "Encerrar todas as outras"
END_OTHERS_HELP = "Desconecta todos os navegadores menos este."
ENDED = "Encerradas: {number}."
ONLY_HERE = "Você está conectado só aqui."
MORE = "{number} ao todo; são mostradas as {shown} usadas por último."
YOU_ARE = "Você é"
SESSION = "sessão"
ADDRESS = "endereço"
SINCE = "desde"

# factor
FACTOR = "Aplicativo autenticador"
FACTOR_LEAD = "Um código do seu telefone como segundo fator: só com a senha ninguém entra."
CODES_LEFT = "Códigos de recuperação que restam: {number}."
FACTOR_IS_OFF = "Está desligado. Serve qualquer aplicativo autenticador que mostre seis dígitos."
BEGIN_FACTOR = "Configurar"
PICTURE = "O segredo como código QR; abaixo ele está como texto."
PHOTOGRAPH = "Leia isto com o aplicativo, ou digite nele o segredo. Depois digite o código que ele mostra."
FIRST_CODE = "Código que o aplicativo mostra"
TURN_ON = "Ligar"
TURNED_ON = "A partir de agora, entrar exige um código. Os outros navegadores foram desconectados."
GIVE_UP = "Deixar desligado"
FACTOR_IS_ON = "Ligado desde {since}; códigos de recuperação que restam: {number}."
REQUIRED = "As configurações o exigem de você."
RENEW_CODES = "Fazer novos códigos de recuperação"
RENEW_CODES_HELP = "Os anteriores deixam então de valer."
RENEWED_CODES = "Os códigos de recuperação anteriores não valem mais."
TURN_OFF = "Desligar"
TURNED_OFF = "Entrar não exige mais um código do aplicativo."
RECOVERY_TITLE = "Seus códigos de recuperação"
RECOVERY_WORDS = (
    "Cada um permite entrar uma vez quando o aplicativo se perde. Não são mostrados de novo: imprima-os, ou "
    "guarde-os onde guarda senhas, mas não no telefone."
)

# passkeys
PASSKEYS = "Chaves de acesso"
PASSKEYS_LEAD = "Um aparelho que conhece você, como segundo fator, ou no lugar de senha e código juntos."
NO_PASSKEYS = "Você ainda não tem nenhuma."
PASSKEY = "chave de acesso"
HOST = "vale em"
ADDED = "acrescentada"
USED = "último uso"
REMOVE = "Remover {label}"
REMOVE_HELP = "Deixa de servir para entrar na mesma hora. Apague-a também no aparelho."
REMOVED = "A chave de acesso {label} foi removida."
ADD_PASSKEY = "Acrescentar uma chave de acesso"
PROVE_FIRST = "Para acrescentar uma, mostre antes quem você é, no alto desta tela."

# devices
NEW_BROWSER = (
    "Um navegador que não era conhecido entrou como você: {agent}, de {address}, {moment}. Não foi você? Troque a "
    "senha."
)
SEEN_IT = "Fui eu"
SEEN_IT_HELP = "Retira este aviso; Minha conta lista todos os navegadores."
NOTED = "O navegador agora é conhecido."
BROWSERS = "Navegadores"
BROWSERS_LEAD = (
    "Onde você já entrou. Eles continuam entrando enquanto alguém tenta adivinhar a sua senha em outro lugar."
)
BROWSER_NAMES = ("Navegador", "Endereço", "Primeira entrada", "Última entrada", "Estado")
NO_BROWSERS = "Ainda não se conhece nenhum; a próxima entrada fica lembrada."
THIS_BROWSER = "em uso"
NEW = "novo"
