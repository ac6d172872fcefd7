"""The settings of a run in Portuguese: by name its title, the help of its flag and that of its field."""

from __future__ import annotations

from etl_batch.language import SettingWords

WORDS = {
    "inputs": SettingWords(
        "Entrada",
        "arquivo, pasta ou padrão; pode ser repetido",
        "Um arquivo ou vários. Escolha aqui ou abaixo, ou digite um caminho, uma pasta ou um padrão como data/*.csv e "
        "pressione Enter. Uma pasta vale por todos os arquivos dentro dela.",
    ),
    "output_csv": SettingWords("Saída CSV", "um único CSV", "Um único CSV em output/. Vazio: sem CSV."),
    "output_parquet": SettingWords(
        "Saída Parquet",
        "um único arquivo Parquet (padrão: ao lado do CSV)",
        "Um único arquivo Parquet em output/. Vazio: sem Parquet.",
    ),
    "parquet_compat": SettingWords(
        "Parquet para leitores antigos",
        "grava o arquivo Parquet como os leitores mais antigos o aceitam",
        "Formato 1.0, valores simples e dicionários, Snappy, decimais como bytes: maior e mais lento de gravar. Para "
        "leitores que recusam o arquivo usual.",
    ),
    "parts": SettingWords(
        "Parquet em partes",
        "grava a saída Parquet como uma pasta de arquivos e um manifesto que os nomeia",
        "Uma pasta com cerca de 64 arquivos Parquet de 4 a 256 MB em vez de um único, para leitores que leem em "
        "paralelo, e um manifesto que os nomeia.",
    ),
    "workers": SettingWords(
        "Processos",
        "processos de trabalho (padrão: os núcleos da máquina)",
        "Processos que leem, limpam e gravam ao mesmo tempo. Os núcleos da máquina são um bom número.",
    ),
    "chunk_bytes": SettingWords(
        "Tamanho do bloco",
        "bytes de entrada que uma tarefa lê (padrão {default})",
        "Máximo de bytes de entrada que um processo toma de cada vez. Mais de 16.777.216 conta como isso.",
    ),
    "sample_frac": SettingWords(
        "Fração da amostra",
        "parte das linhas que entra na amostra (padrão {default})",
        "Parte das linhas por trás das estimativas: 0,005 é uma linha em 200.",
    ),
    "allocation": SettingWords(
        "Alocação",
        "como os estratos dividem a amostra (padrão: {default})",
        "Como os estratos dividem a amostra: pela raiz quadrada das suas linhas, onde os valores mais diferem (Neyman) "
        "ou pelas suas linhas (proporcional).",
    ),
    "target_error": SettingWords(
        "Erro a atingir",
        "amostra tantas linhas quantas um erro de P exige, como 1%",
        "Amostra tantas linhas quantas tornem cada intervalo estreito assim, como 1 % do total. A fração então não "
        "conta. Vazio: a fração decide.",
    ),
    "target_per": SettingWords(
        "O erro vale para cada",
        "esse erro para o total de cada medida, ou por estrato",
        "Se esse erro vale só para o total de cada medida, ou também para o total de cada estrato.",
    ),
    "layout": SettingWords(
        "Leiaute do registro",
        "leiaute do registro (padrão: {default}, detectar)",
        "Como os bytes de um registro são lidos. Automático: o conteúdo do arquivo decide.",
    ),
    "struct_config": SettingWords(
        "Arquivo de leiautes",
        "arquivo de leiautes de registros",
        "Um arquivo de leiautes de registros nas pastas permitidas, usado no lugar dos desta casa. Vazio: nenhum.",
    ),
    "force_text_fallback": SettingWords(
        "Ler como texto, pareça o que parecer",
        "lê um .bin como texto",
        "Para um arquivo de texto cujo nome ou cujos primeiros bytes parecem binários.",
    ),
    "delimiter": SettingWords(
        "Delimitador",
        "o que fica entre as células: um sinal ou vários, tab ou blanks",
        "O que fica entre duas células, como ; ou || ou tab; blanks: qualquer sequência de espaços. Vazio: detectado.",
    ),
    "quote": SettingWords(
        "Aspas",
        "entre o que uma célula pode ficar, ou none",
        "Entre o que uma célula pode ficar, como ' ou \"; none: aspas são letras. Vazio: detectado.",
    ),
    "escape": SettingWords(
        "Escape",
        "o que faz de aspas ou de um delimitador uma letra, ou none",
        "O que fica antes de aspas ou de um delimitador que é letra, como \\. Vazio: detectado.",
    ),
    "encoding": SettingWords(
        "Codificação",
        "codificação do texto, como utf-8 ou cp1252",
        "Como os caracteres são escritos, como utf-8, cp1252, shift_jis ou utf-16. Vazio: detectada.",
    ),
    "header": SettingWords(
        "Cabeçalho",
        "se há nomes acima das linhas: yes, no ou em quantas linhas",
        "Se há nomes acima das linhas: yes, no ou em quantas linhas. Vazio: detectado.",
    ),
    "skip_lines": SettingWords(
        "Linhas a pular",
        "linhas no começo do texto que não fazem parte da tabela",
        "Linhas no começo de cada arquivo de texto que não fazem parte da tabela. Vazio: detectadas.",
    ),
    "comment": SettingWords(
        "Comentários começam com",
        "com o que começa uma linha que não é da tabela, ou none",
        "Com o que começa uma linha que não é da tabela, como #. Vazio: detectado.",
    ),
    "ragged": SettingWords(
        "Linhas de largura diferente",
        "completa linhas com células de menos (pad) ou corta as que têm demais (truncate); padrão {default}",
        "Linhas com mais ou menos células do que há colunas: rejeitadas, ou as curtas completadas com células vazias "
        "(pad), ou as longas cortadas (truncate). O que é corrigido é contado.",
    ),
    "max_record_bytes": SettingWords(
        "Registro mais longo",
        "rejeita registros de texto mais longos (padrão {default})",
        "Um registro de texto mais longo é rejeitado inteiro. Um processo pode precisar de várias vezes essa memória.",
    ),
    "include": SettingWords(
        "Só estes arquivos de uma pasta",
        "de uma pasta ou de um padrão, só os arquivos que servem; pode ser repetido",
        "Padrões como *.csv ou 2024/**: de uma pasta são lidos só os arquivos que servem a um deles. Vazio: todos.",
    ),
    "exclude": SettingWords(
        "Arquivos de uma pasta a deixar de fora",
        "deixa de fora arquivos de uma pasta ou de um padrão; pode ser repetido",
        "Padrões como *.log ou old/**: os arquivos de uma pasta que servem a um deles ficam de fora.",
    ),
    "on_bad_file": SettingWords(
        "Quando um arquivo não pode ser lido",
        "um arquivo recusado termina a execução, ou é pulado (padrão: {default})",
        "Se um arquivo recusado termina a execução, ou é pulado e listado enquanto os outros continuam.",
    ),
    "hive": SettingWords(
        "Pastas chave=valor viram colunas",
        "faz colunas de pastas chamadas chave=valor",
        "Para pastas como ano=2024/mes=01: uma coluna ano e uma coluna mes.",
    ),
    "source_column": SettingWords(
        "Coluna com o nome do arquivo",
        "acrescenta uma coluna com este nome, que diz o arquivo de cada linha",
        "Uma coluna com este nome diz de que arquivo veio cada linha. Vazio: nenhuma.",
    ),
    "schema_file": SettingWords(
        "Arquivo de esquema",
        "arquivo que declara as colunas; registros que o violam são rejeitados",
        "Um arquivo que declara colunas com tipos e regras: registros que violam uma são rejeitados. Vazio: nenhum.",
    ),
    "decimal": SettingWords(
        "Sinal decimal",
        "sinal antes dos decimais de números em texto",
        "O que fica antes dos decimais de números em arquivos de texto. Colunas de tais números são números no "
        "Parquet; o CSV guarda o texto.",
    ),
    "thousands": SettingWords(
        "Sinal de milhar",
        "sinal entre os milhares de números em texto",
        "O que fica entre grupos de três dígitos, se algo fica. Um espaço vale também por espaços rígidos.",
    ),
    "date_order": SettingWords(
        "Ordem da data",
        "ordem de dia, mês e ano em datas que não são ISO",
        "Como datas como 01.06.2024 ou 6/1/2024 são lidas, com ano de quatro dígitos e talvez uma hora do dia. Nada: "
        "ficam texto.",
    ),
    "null_words": SettingWords(
        "Palavras de nulo",
        "palavra que vale por um valor ausente; pode ser repetido",
        "Células inteiras que dizem que não há valor, como NA. São nulas no Parquet, e células vazias então também; o "
        "CSV as guarda.",
    ),
    "normalise": SettingWords(
        "Normalizar o CSV",
        "grava números, datas e palavras de nulo no CSV como são lidos",
        "Pelos sinais, pela ordem e pelas palavras declarados acima: 2.554,94 vira 2554.94, 01.06.2024 vira "
        "2024-06-01 e uma palavra de nulo vira uma célula vazia. As outras células ficam como estão.",
    ),
    "no_escape": SettingWords(
        "Sem proteção contra fórmulas",
        "deixa no CSV como estão as células que uma planilha executaria",
        "Uma célula de texto que começa com = + - @ e não é número recebe um apóstrofo no CSV, para que uma planilha "
        "não a execute. Com isto não recebe: para programas, nunca para uma planilha.",
    ),
    "flatten": SettingWords(
        "Desdobrar objetos internos",
        "JSON Lines: uma coluna para cada membro de objetos internos, como externo.interno",
        "JSON Lines: objetos internos viram colunas, como externo.interno; senão ficam JSON.",
    ),
    "stratum": SettingWords(
        "Estrato",
        "coluna do estrato (padrão: a do leiaute, senão escolhida)",
        "Coluna cujos valores dividem as linhas em grupos para a amostra.",
    ),
    "measures": SettingWords(
        "Medidas",
        "coluna de medida; pode ser repetido",
        "Colunas cujos totais são estimados. Nenhuma escolhida: a escolha automática.",
    ),
    "max_size_gb": SettingWords(
        "Maior entrada",
        "recusa uma entrada maior",
        "Uma entrada maior é recusada; 1 GB são 1.000.000.000 bytes. Vazio: sem limite.",
    ),
    "timeout": SettingWords(
        "Tempo limite",
        "para depois de S segundos (padrão {default:.0f})",
        "Depois desse tempo a execução é parada e nada é publicado.",
    ),
    "max_rejects": SettingWords(
        "Máximo de rejeitados",
        "falha com mais de N registros rejeitados, ou de P% deles (padrão: mais da metade)",
        "Um número de registros ilegíveis, ou uma parte de todos como 5%, além do qual nada é publicado. Vazio: a "
        "metade deles. Quando todos são ilegíveis nada é publicado, a não ser com 100%.",
    ),
    "retries": SettingWords(
        "Novas tentativas",
        "tenta de novo N vezes o que pode passar: uma leitura, e a execução inteira (padrão: uma leitura 3 vezes, a "
        "execução não)",
        "Quantas vezes o que pode passar é tentado de novo: uma leitura, e a execução inteira, de onde ela havia "
        "chegado. Vazio: uma leitura 3 vezes, a execução não.",
    ),
    "stall_timeout": SettingWords(
        "Tempo limite sem sinal de vida",
        "substitui um processo que não dá sinal de vida por S segundos (padrão {default:.0f})",
        "Um processo que não dá sinal de vida por esse tempo é parado, e outros leem de novo o que ele lia.",
    ),
    "seed": SettingWords(
        "Semente",
        "semente da amostra (padrão {default})",
        "Um número inteiro a partir de 0. A mesma semente sorteia as mesmas linhas; outra sorteia outras.",
    ),
    "user": SettingWords("Usuário", "quem executa, para a trilha de auditoria (padrão: o nome de login)"),
    "home": SettingWords("Casa", "pasta de data/ output/ report/ .secrets/ (ETL_HOME)"),
    "report": SettingWords(
        "Cópia do relatório",
        "para onde o relatório também vai",
        "Para onde o relatório também vai, em report/ ou output/. Vazio: report/etl_quantum_report.html.",
    ),
    "language": SettingWords(
        "Idioma do relatório",
        "idioma do relatório (padrão: o do shell)",
        "Em que o relatório é escrito. Como de costume: o idioma de quem inicia a execução.",
    ),
    "profile": SettingWords(
        "Perfil",
        "grava segundos de CPU e bytes por etapa e processo nos metadados e no relatório",
        "Para onde vão os segundos de CPU da execução, por etapa e processo, no relatório.",
    ),
    "cluster": SettingWords(
        "Cluster",
        "endereço de um agendador Dask",
        "De quem são os processos que fazem o trabalho: desta máquina ou do cluster deste servidor.",
    ),
    "rerun_of": SettingWords("Repete a execução", "a execução anterior que esta repete com mudanças"),
    "replay_of": SettingWords(
        "Relê a execução",
        "a execução cujos rejeitados são lidos de novo com estas configurações; seus outros registros são lidos com as "
        "dela",
    ),
    "append": SettingWords(
        "Acrescentar",
        "de uma releitura: põe as linhas novas depois de todas as outras, e não onde estão os seus registros",
    ),
    "unattended": SettingWords(
        "Sem acompanhamento",
        "continua sem estimativas onde um estrato ou uma medida indicados não servem, como fazem agendamentos e "
        "predefinições",
    ),
}
PHRASES = {
    "no limit": "sem limite",
    "by the fraction": "pela fração",
    "half of the records": "metade dos registros",
    "none": "nenhum",
    "reads only": "só leituras",
    "detected": "detectado",
    "CSV only": "só CSV",
    "bytes": "bytes",
    "seconds": "segundos",
    "in seconds": "em segundos",
    "in bytes": "em bytes",
    "in GB": "em GB",
    "in %": "em %",
}
"""What several settings say: of an empty field, of a unit, of a flag that says none."""
