/** What a phrase asks of the reader, and how it is written; each language has a line. */
export const OTHER_LANGUAGES: readonly (readonly [string, RegExp])[] = [
  [
    "asks the reader to ignore other instructions",
    new RegExp(
      [
        // German, French, Spanish and Portuguese, Italian, Dutch
        String.raw`\b(?:ignorier(?:e|en)|vergiss|missachte|überg(?:ehe|eh))\s[^\n.]{0,40}?(?:anweisung|instruktion|regel|vorgabe)\p{L}{0,4}`,
        String.raw`\b(?:ignore[rz]?|oublie[rz]?|ne tiens pas compte)\s[^\n.]{0,40}?(?:instructions?|consignes?|règles?)\s(?:précédent|antérieur|ci-dessus|du système)\p{L}{0,3}`,
        String.raw`\b(?:ignor[ae]|olvid[ae]|descarta|esqueç?[ae]|desconsidere)\s[^\n.]{0,40}?(?:instrucciones|instruções|reglas|regras)\s(?:anterior|previ|del sistema|do sistema)\p{L}{0,4}`,
        String.raw`\b(?:ignora|dimentica)\s[^\n.]{0,40}?(?:istruzioni|regole)\s(?:precedenti|di sistema)`,
        String.raw`\b(?:negeer|vergeet)\s[^\n.]{0,40}?(?:instructies|regels)`,
        // Russian, Chinese, Japanese, Korean
        String.raw`(?:игнорируй|забудь|проигнорируй)(?:те)?\s[^\n.]{0,40}?(?:инструкци|указани|правил)\p{L}{0,4}`,
        String.raw`(?:忽略|无视|忘记|忽視|無視)[^\n。]{0,20}?(?:指令|指示|规则|提示|說明)`,
        String.raw`(?:指示|命令|ルール|プロンプト)[^\n。]{0,10}?(?:無視|忘れ)`,
        String.raw`(?:지시|명령|규칙)[^\n.]{0,12}?무시`,
      ].join("|"),
      "giu",
    ),
  ],
  [
    "asks to keep something from the user",
    new RegExp(
      [
        String.raw`\b(?:sag|sage|erzähl|erzähle|verrate|zeig|zeige)\s(?:es\s|das\s|dies\s)?(?:dem|der)\s(?:benutzer|nutzer|anwender)(?:in)?\s[^\n.]{0,20}?(?:nicht|nichts)`,
        String.raw`\bne\s(?:dis|dites|montre[rz]?|révèle[rz]?)\s[^\n.]{0,30}?(?:à\s)?l['’]utilisat(?:eur|rice)`,
        String.raw`\bno\s(?:le\s)?(?:digas|menciones|muestres|informes)\s[^\n.]{0,30}?\bal?\s(?:usuario|usuaria)|\bnão\s(?:diga|mencione|mostre|informe)\s[^\n.]{0,30}?\b(?:ao|o)\susuário`,
        String.raw`\bnon\s(?:dire|dirlo|mostrare|informare)\s[^\n.]{0,30}?utente`,
        String.raw`не\s(?:говори|сообщай|показывай)(?:те)?\s[^\n.]{0,30}?пользовател\p{L}{1,3}`,
        String.raw`(?:不要|别|切勿|不得)[^\n。]{0,8}?(?:告诉|告知|通知|提醒)[^\n。]{0,4}?用户`,
        String.raw`ユーザー(?:に|には)[^\n。]{0,12}?(?:知らせない|言わない|伝えない|見せない)`,
        String.raw`사용자에게[^\n.]{0,12}?(?:말하지|알리지)`,
      ].join("|"),
      "giu",
    ),
  ],
];
