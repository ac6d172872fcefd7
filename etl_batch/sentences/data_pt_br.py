"""What the engine says of previews of outputs, in Portuguese."""

from __future__ import annotations

# previews of outputs
CHANGED_CHECK_AGAIN = "{name} foi alterado enquanto era lido; verifique-o de novo."
CHANGED_OPEN_AGAIN = "{name} foi alterado enquanto era lido; abra-o de novo."
NO_SUCH_COLUMN = "O arquivo não tem mais essa coluna; escolha a coluna de novo."
NO_COLUMN = "O arquivo não tem mais uma coluna {name!r}; foi alterado desde a execução."
NO_HEADER = "{name} não tem mais uma linha de cabeçalho; foi alterado desde que foi gravado."
NO_WHOLE_PARQUET = "{name} não é um arquivo Parquet inteiro; foi alterado ou cortado desde que foi gravado."
COMPRESSED = "O arquivo está comprimido, ou suas células, então o registro não está nele como é mostrado acima."
CHANGED_SINCE_READ = "{name} foi alterado ou trocado desde que a execução o leu, então seus bytes não são mostrados."

# queries
CROWDED = "Perguntas de outras pessoas estão sendo respondidas; tente de novo em alguns segundos."
TOO_LONG = (
    "A pergunta demorou mais de {seconds:g} segundos e foi parada. Restrinja-a com outra condição, ou olhe uma parte "
    "menor do arquivo."
)
TOO_LARGE = "A resposta ocupa mais memória do que uma prévia pode usar; peça menos colunas ou condições mais estreitas."
LOOK_TOO_LONG = (
    "Olhar dentro do arquivo demorou mais de {seconds:g} segundos e foi parado. Uma execução dele não tem esse limite; "
    "para olhar, tome um arquivo menor."
)
LOOK_ENDED = (
    "Não se pode olhar dentro do arquivo: isso ocuparia mais de {most:,} bytes de memória, ou o arquivo está "
    "danificado de um modo que nenhuma biblioteca suporta. O log do console diz qual."
)
NOT_READABLE = "O arquivo não pôde ser lido até o fim: {reason} Pode ter sido alterado desde que foi gravado."
NO_MANIFEST = "{manifest} em {name} não diz quais partes existem; execute de novo."
PART_CHANGED = "{name} não é o que o manifesto ao lado diz: foi alterado desde a execução, ou está danificado."
TOO_MANY_PARTS = "{name} tem {number} partes, demais para uma consulta só. Consulte a pasta com o DuckDB."
