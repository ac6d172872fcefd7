# ruff: noqa: RUF001 - letters of all scripts, some of which look like those of another
"""Letters of languages, the most frequent first, and the encodings that are common where they are written.

Of languages in Latin letters those past ASCII stand here, for these tell encodings apart.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Lower-case letters and marks of one language, by frequency."""

    letters: str
    latin: bool = True
    """Whether they stand among ASCII letters."""


WESTERN = tuple(
    Alphabet(letters)
    for letters in (
        "üäöß",  # German
        "éèàêçôîâûùïëœæ",  # French
        "óíáéñúü",  # Spanish
        "ãçáéóíêõâôúàü",  # Portuguese
        "àèòùìé",  # Italian
        "áíóðþæúéöý",  # Icelandic
        "éèàíóòçúïü",  # Catalan
        "éëïöüèáó",  # Dutch
        "íáóéúñ",  # names
        "ëç",  # Albanian
        "éüöáäóíèñçøåãôêëàâæïß",  # a list of many countries
    )
)
NORDIC = (Alphabet("øåæéöäü"), Alphabet("äöåéü"), Alphabet("äåöé"))
CENTRAL = (
    Alphabet("íáéěřšžčýůúňóťď"),  # Czech
    Alphabet("áíčéžýšúľťôňäóďĺŕ"),  # Slovak
    Alphabet("łąęóśżćńź"),  # Polish
    Alphabet("áéöóőíüúű"),  # Hungarian
    Alphabet("ăîâșşțţ"),  # Romanian
    Alphabet("čšžćđ"),  # Croatian, Slovene, Serbian in Latin letters
    Alphabet("üäöß"),
    Alphabet("áéíóöúüčšžłýąćęńňőřśě"),  # a list of many countries
)
TURKISH = (Alphabet("ıişüçöğâî"), Alphabet("əıişüçöğ"))
BALTIC = (Alphabet("ėšžųįąčūę"), Alphabet("āēīšūņļžģķčō"), Alphabet("äõüöšž"))
VIETNAMESE = (Alphabet("đưôêơâăàáéèíìóòúùãõýỳ\u0300\u0301\u0303\u0309\u0323"),)
CYRILLIC = tuple(
    Alphabet(letters, latin=False)
    for letters in (
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",  # Russian
        "оаниівретслкдмупязьгйчбхцюжїєшщфґ",  # Ukrainian
        "аоеинтрсвлкдпмзяъубгчщжцхйшюфь",  # Bulgarian
        "аоиенртсјкувдмлпгбзчцшжхњфљћђџ",  # Serbian
        "аніеорсыктлдяувпмьзўйгбцчэжхшёюф",  # Belarusian
    )
)
GREEK = (Alphabet("αοιετσνηυρπκμλςωίόγδάέχθήφύβξώζψϊϋΐΰ", latin=False),)
HEBREW = (Alphabet("יוהלאתמרשבנדקפחעםצטגסכזןךףץ", latin=False),)
ARABIC = (
    Alphabet("الينمروتدبعسةفهحقكأجصطشخىئذضزغءثظإآؤ،؛؟ـ", latin=False),
    Alphabet("اینرهدمتوبسشزلکفگخقجعپحغصطذآچضظئژثأ،؟", latin=False),
)
THAI = (Alphabet("านรกอเ่งมยลว้ดทัสีิตะปบ์คหุแจพู็ชขใไืโณญผธำถศซภษึๆฐฟฏฉฎฑฒฌฝฮฤฆๅ฿ๅฯ", latin=False),)

SINGLE_BYTES: dict[str, tuple[tuple[Alphabet, ...], float]] = {
    "cp1252": (WESTERN + NORDIC, 0.0),
    "cp1250": (CENTRAL, -0.5),
    "cp1251": (CYRILLIC, -0.5),
    "cp1253": (GREEK, -0.5),
    "cp1254": (TURKISH, -0.5),
    "cp1255": (HEBREW, -0.5),
    "cp1256": (ARABIC, -0.5),
    "cp1257": (BALTIC, -0.5),
    "cp1258": (VIETNAMESE, -1.5),
    "cp874": (THAI, -0.5),
    "iso8859-2": (CENTRAL, -1.5),
    "iso8859-5": (CYRILLIC, -2.5),
    "iso8859-6": (ARABIC, -2.0),
    "iso8859-7": (GREEK, -1.5),
    "iso8859-8": (HEBREW, -1.5),
    "iso8859-9": (TURKISH, -1.0),
    "iso8859-13": (BALTIC, -1.5),
    "iso8859-15": (WESTERN + NORDIC, -1.5),
    "koi8-r": (CYRILLIC, -1.5),
    "koi8-u": (CYRILLIC, -2.0),
    "cp866": (CYRILLIC, -2.0),
    "cp437": (WESTERN + NORDIC, -3.0),
    "cp850": (WESTERN + NORDIC, -2.5),
    "cp852": (CENTRAL, -2.5),
    "cp775": (BALTIC, -3.5),
    "cp857": (TURKISH, -2.5),
    "cp737": (GREEK, -3.0),
    "cp862": (HEBREW, -3.0),
    "cp720": (ARABIC, -3.5),
    "mac-roman": (WESTERN + NORDIC, -2.5),
    "mac-latin2": (CENTRAL, -3.5),
    "mac-cyrillic": (CYRILLIC, -3.5),
}
"""By Python's name of the codec: who writes so, and how likely it is before anything was seen, as a logarithm."""

SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还"
    "发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全"
    "工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入"
    "先山五太水万市数据表单价金额编号姓名性别地址城市省区县电话邮箱备注日期时间产品类型客户订单数量合计总金状态部门公司销售员工号码北京"
    "上海广州深圳南路街张王李赵刘陈杨黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜"
    "崔谭廖范汪陆石戴贾韦夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵红军强伟芳娜秀英敏静丽杰娟涛超霞平刚桂收入支出项目商店货"
    "运费率结果人民币美元男女保险银行帐户付款管技术服务设计系统网品牌食物苹果牛奶手机电脑书笔衣鞋车房"
)
TRADITIONAL = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還"
    "發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點月明其種聲全"
    "工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入"
    "先山五太水萬市數據表單價金額編號姓名性別地址城市縣省區電話信箱備註日期時間產品類型客戶訂單數量合計總金狀態部門公司銷售員工號碼臺台"
    "北高雄中南新竹桃園基隆花蓮香港九龍路街段巷弄樓陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余"
    "趙盧梁顏柯翁魏孫戴范方宋鄧杜傅侯曹薛丁卓馬唐藍蔣石古紀姚連馮歐程湯康姜田白涂尤巫淑美英麗玉志明雅惠俊怡家豪文建宏收入支出項目商店"
    "貨運費率結果人民幣元男女保險銀行帳戶付款管技術服務設計系統網品牌食物蘋果牛奶手機電腦書筆衣鞋車房"
)
KANJI = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問"
    "高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総"
    "加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重"
    "近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙"
    "果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費"
    "付施切由説転食比難防補車優夫研収断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農"
    "州武声質念待試族象銀域助労例衛然早張映限親額監環験追審商葉義伝働形景落欧担好退準賞訴辺造英被株頭技低毎医復仕去姿味負閣韓渡失移差"
    "衆個門写評課末守若脳極種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識注呼渉達番号氏名住所電話郵便顧客注"
    "文商品数量単価合計金額備考部署社員担当者東京都大阪府横浜名古屋札幌福岡神戸京都広島仙台佐藤鈴木高橋田中渡辺伊藤山本中村小林加藤吉田"
    "山田佐々木山口松本井上木村林斎藤清水阿部森池田橋本石川小川前田岡田長谷川藤田後藤近藤村上遠藤青木坂本斉藤福田太田西村藤井金子和田"
)
HANGUL = (
    "이다의는에가을한고하지로기를은도사자어리나대아인서그해일시수정과부전들라여보만게있주원상구장제성으면동신경소조국공유오없적선안우마무"
    "비위연세생모계거것물방개통관진화습니내야용할중회재실력저데미문발치교네요분까와된되건던체현학반당러업람식때같말양번날했등감속양편음"
    "급복품명단김박최강윤임송황홍조한민영호준지현수진은경혜미서울부산대구인천광주전울특별시구동읍면로길번호이름주소전화날짜금액가격수량"
    "합계제품고객회사부서직원상태비고주문매출월일년남여성별나이은행계좌카드도시국가한국산삼성전자유금토목천만백십원개매입출발착행"
)
