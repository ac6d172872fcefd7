"""What is said by what the console's own screens share, in Portuguese."""

from __future__ import annotations

# acting
PASSWORD = "Nova senha"
AGAIN = "Nova senha, mais uma vez"
RULES = "No mínimo 10 caracteres, no máximo 128. Algumas palavras que não combinam entre si são boas."
STRENGTH = "Força:"
STRENGTH_FOUND = "Força: {word}."
NOT_TYPED = "Digite uma senha para ver quão forte ela é."
DIFFERENT = "As duas senhas diferem; digite-as de novo."
REFUSED_SCORE = "Fácil demais de adivinhar, seria recusada."

# proving
PROVE = "É você?"
PROVE_LEAD = "Para mudar algo aqui, digite de novo a sua própria senha. Vale por 10 minutos."
PROVE_THERE_LEAD = "Para mudar algo aqui, entre mais uma vez por login único. Vale por 10 minutos."
PROVE_THERE = "Entrar mais uma vez"
OWN_PASSWORD = "Sua senha"
CODE = "Código do seu segundo fator"
CODE_HELP = "Seis dígitos que o aplicativo mostra, aceitos uma vez cada, ou um código de recuperação."
PROVE_BY_PASSKEY = "Usar uma chave de acesso"
PROVE_IT = "Continuar"
PROVED = "É você; continue de onde estava."
