# ruff: noqa: E501, RUF001 - a pattern is not broken over lines, and letters of other scripts are what this file is about
"""Words by which instructions give themselves away that try to replace those of the application."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class InjectionPattern:
    """Words that count toward a score; at 1 the text is found."""

    kind: str
    """One kind counts once, by its heaviest pattern."""
    weight: float
    pattern: re.Pattern[str]


def _of(kind: str, weight: float, *patterns: str) -> list[InjectionPattern]:
    return [InjectionPattern(kind, weight, re.compile(pattern, re.IGNORECASE)) for pattern in patterns]


_RULES = r"(?:instructions?|directives?|guidelines?|guidance|prompts?|rules|commands|orders|policies|constraints|restrictions)"
_EARLIER = r"(?:previous|prior|earlier|above|preceding|initial|original|existing|current|system|developer)"
_HIDDEN = r"(?:system\s+(?:prompt|message|instructions?)|(?:initial|hidden|original|secret|first)\s+(?:prompt|instructions?|text|message)|developer\s+(?:message|prompt))"
_SHOW = r"(?:show|print|reveal|output|repeat|display|translate|summari[sz]e|tell|give|leak|dump|write\s+out|recite|copy|encode|list|disclose|expose|share)"

PATTERNS: tuple[InjectionPattern, ...] = (
    # Earlier instructions shall not hold.
    *_of(
        "override", 1,
        rf"\b(?:ignore|disregard|forget|override|bypass|neglect|overrule|discard)\b\W+(?:(?:all|any|every|each|of|the|these|those|ur|your|my|previously|given)\W+){{0,4}}{_EARLIER}\W+(?:\w+\W+){{0,2}}{_RULES}\b",
        rf"\b(?:ignore|disregard|forget|override|discard)\b\W+(?:all\W+|any\W+|of\W+){{0,2}}(?:your|ur|the\W+system)\W+(?:\w+\W+){{0,2}}{_RULES}\b",
        r"\b(?:ignore|disregard|forget)\b\W+(?:about\W+)?(?:everything|all|anything)\W+(?:that\W+)?(?:you(?:'ve|\W+have|\W+were|\W+was)?\W+(?:been\W+)?(?:told|given|taught|learned|instructed)|(?:\w+\W+){0,3}(?:above|before\W+this|so\W+far))",
        rf"\b(?:do\s+not|don't|dont|never|stop)\s+(?:follow|obey|following|obeying)\b\W+(?:\w+\W+){{0,3}}{_RULES}\b.{{0,40}}\b(?:before|above|earlier|previous(?:ly)?|given|mine)\b",
        rf"\b(?:earlier|previous|old|above)\b.{{0,20}}\b(?:{_RULES}|ones)\b.{{0,20}}\b(?:are|is)\s+(?:now\s+)?(?:void|invalid|obsolete|cancell?ed|no\s+longer)",
        r"\b(?:your|the)\s+(?:real|actual|true|new)\s+(?:task|goal|job|mission|purpose|instructions?)\s+(?:is|are)\b",
        r"\b(?:ignorier\w*|vergiss|vergesst|missacht\w*|übergeh\w*)\b.{0,40}(?:anweisung|vorgabe|instruktion|systemprompt|deine regeln|obigen regeln|was (?:dir|du) )",
        r"(?:\bignore[rz]?\b|\boublie[sz]?\b|tiens? pas compte|tenez pas compte|\bne (?:suis|respecte) pas\b).{0,40}(?:instructions|consignes|règles|directives)\b",
        r"\b(?:ignora|ignore|olvida|olvide|no sigas|omite|desobedece|haz caso omiso)\b.{0,40}(?:instrucciones|indicaciones|reglas|directrices|lo que te)",
        r"\b(?:ignora|dimentica|non seguire|trascura)\b.{0,40}(?:istruzioni|regole|direttive|indicazioni)",
        r"\b(?:ignore|esqueça|esquece|desconsidere|não siga)\b.{0,40}(?:instruções|regras|diretrizes|orientações)",
        r"\b(?:negeer|vergeet)\b.{0,40}(?:instructies|regels|opdrachten|aanwijzingen)",
        r"(?:zignoruj|ignoruj|zapomnij|pomiń).{0,40}(?:instrukcj|polece|zasad|reguł)",
        r"(?:игнорир\w*|забудь\w*).{0,40}(?:инструкци|правил|указани)",
        r"(?:忽略|忘记|忘掉|无视|忽視|無視).{0,14}(?:指令|规则|規則|指示|提示词)",
        r"(?:指示|命令|ルール|プロンプト).{0,10}(?:無視|忘れ)",
        r"(?:지시|명령|규칙|지침).{0,10}(?:무시|잊)",
        r"(?:تجاهل|انس).{0,40}(?:التعليمات|القواعد|الأوامر)",
        r"(?:talimat|kural|komut)\w*.{0,20}(?:yok say|unut|görmezden gel|dikkate alma)",
        r"(?:निर्देश|नियम).{0,20}(?:अनदेखा|भूल|नज़रअंदाज़)",
    ),
    # What the application told the model shall be shown.
    *_of(
        "extraction", 1,
        rf"\b{_SHOW}\b.{{0,40}}\b(?:your|ur|the)\W+(?:\w+\W+){{0,2}}{_HIDDEN}(?!\s+(?:of|for|from|in)\b)",
        rf"\b{_SHOW}\b.{{0,30}}\b(?:your|ur)\W+(?:\w+\W+)?(?:prompt|instructions)\b",
        rf"\b(?:words|lines|sentences|copy|text|contents?|version)\s+of\s+(?:your|the)\s+(?:{_HIDDEN}|prompt)",
        r"\brepeat\b.{0,20}\b(?:everything|all|the (?:text|words))\b.{0,20}\b(?:above|before)\b",
        r"\bwhat\s+(?:were|are|was|is)\b.{0,20}\b(?:your|the)\b.{0,20}\b(?:instructions?|prompt)\b.{0,20}\b(?:you|before|given|got)\b",
        r"(?:gib|zeig|nenn|affiche|montre|révèle|muestra|revela|mostra|mostre|mostrami|toon|pokaż|покажи|выведи|输出|显示|表示|출력|보여|اعرض|göster).{0,40}(?:system-?prompt|prompt syst|prompt del sistema|prompt di sistema|prompt do sistema|systeemprompt|prompt systemow|системн\w+ промпт)",
        r"(?:系统提示词|システムプロンプト|시스템 프롬프트|موجه النظام|sistem istem).{0,20}(?:göster|表示|出力|출력|보여|输出|显示)",
        r"(?:输出|显示|告诉我|اعرض).{0,12}(?:系统提示词|موجه النظام)",
    ),
    # The model shall play one that has no rules.
    *_of(
        "jailbreak", 1,
        r"\bdo\s+anything\s+now\b",
        r"\b(?:you\s+(?:are|have\s+been)|you're)\s+(?:now\s+)?jailbroken\b",
        r"\b(?:ai|chatbot|assistant|model|bot|you|character)\b.{0,60}\b(?:without|has\s+no|have\s+no|with\s+no|free\s+of)\b\W+(?:any\s+|all\s+|the\s+|its\s+|usual\s+|more\s+){0,2}(?:restrictions?|filters?|ethics|ethical|morals?|limits|limitations|rules|safety|content\s+polic|polic|guidelines|guardrails|censorship)",
        r"\b(?:unfiltered|uncensored|amoral|unrestricted)\b.{0,30}\b(?:ai|chatbot|assistant|model|bot|version)\b",
        r"\bdeveloper\s+mode\b.{0,80}\b(?:safety|polic|filter|uncensored|without)",
        r"\b(?:drop|turn\s+off|disable|switch\s+off|remove|bypass)\b.{0,20}\b(?:your\s+|all\s+)(?:\w+\s+){0,2}(?:safety|content|ethical)\s+(?:\w+\s+)?(?:filters?|polic\w+|rules|guidelines|checks?)",
        r"\b(?:safety|content)\s+(?:rules|filters?|polic\w+)\s+(?:are|is)\s+(?:now\s+)?(?:off|disabled|void)",
        r"\byou\s+have\s+no\s+(?:more\s+)?(?:rules|restrictions|limits|filters)\b",
        r"\b(?:never|not)\s+(?:mention|say|use)\b.{0,30}\b(?:polic\w+|refus\w+|warnings?)\b.{0,30}\b(?:refus\w+|polic\w+)",
        r"\banswer\s+(?:every|any|all)\b.{0,20}\bquestions?\b.{0,20}\b(?:would|should)\s+(?:normally\s+)?refuse",
        r"\b(?:du\s+(?:bist|hast)|ki|assistent|tu\s+so)\b.{0,60}\b(?:ohne|keine)\s+(?:regeln|einschränkungen|filter|beschränkungen)",
        r"(?:\btu\s+(?:es|étais|n'as|n’as)|\bia\b|\bassistant\b).{0,60}\b(?:sans|plus aucune?|aucune)\s+(?:filtre|restriction|morale|limite)",
        r"(?:\bia\b|\bsistema\b).{0,40}\b(?:sin|no tiene|no tienes)\s+(?:reglas|filtros|límites|restricciones)",
        r"\b(?:rispondi|sei|ia)\b.{0,40}\bsenza\s+(?:alcun\s+)?(?:filtro|filtri|regole|restrizioni)",
        r"\b(?:você|agora|ia)\b.{0,40}(?:nenhuma restrição|sem (?:regras|filtros|restrições))",
        r"(?:у тебя|\bты\b).{0,40}\b(?:нет|без)\s+(?:никаких\s+)?(?:ограничений|фильтров)",
        r"(?:你|从现在).{0,14}没有任何(?:限制|规则)",
    ),
    # Marks of chat templates, which a person has no reason to send.
    *_of(
        "delimiter", 1,
        r"<\|im_end\|>\s*<\|im_start\|>|<\|im_start\|>\s*system\s*\n",
        r"<\|start_header_id\|>\s*(?:system|assistant|user)\s*<\|end_header_id\|>\s*\S",
        r"\[/INST\].{0,40}\[INST\]|<<SYS>>.{0,400}<</SYS>>",
        r"(?:^|\n)\s*#{2,}\s*system\s*:?\s*\n.{0,200}\n\s*#{2,}\s*user",
        r"</(?:user_input|context|document|data|input)>\s*(?:</\w+>\s*)*(?:system|assistant|instructions?)\s*:",
    ),
    *_of("delimiter", 0.5, r"<\|[a-z_]{3,30}\|>", r"\[/?INST\]", r"<</?SYS>>"),
    # A document speaks to the model instead of to its reader.
    *_of(
        "indirect", 1,
        r"\b(?:note|message|instructions?|attention|hint|reminder)\b\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?(?:ai|llms?|language\s+models?|models?|chatbots?|assistants?)\b(?!\s+(?:of|teacher|manager|director))",
        r"\bif\s+you(?:'re|\s+are)\s+an?\s+(?:ai|llm|language\s+model|bot|automated)\b",
        r"\b(?:any|all|dear)?\s*(?:ais?|llms?|language\s+models?|ai\s+(?:assistants?|agents?|models?))\b\s+(?:that|which|who|reading|processing|summari[sz]ing)\b.{0,40}\b(?:must|should|ignore|screens?|this|page|text)\b",
        r"\b(?:append|add|include|embed)\b.{0,60}!\[[^\]]*\]\(https?://",
        r"(?:hinweis|nachricht|anweisung)\w*\s+(?:an|für)\s+(?:das|die|alle)?\s*(?:sprachmodell|ki\b|assistent)",
        r"message\s+(?:au|pour le)\s+(?:modèle|assistant)",
        r"(?:mensaje|nota|instrucciones)\s+para\s+(?:el\s+)?(?:modelo|asistente|la ia)",
    ),
    *_of(
        "secrecy", 0.5,
        r"\b(?:hide|conceal)\b.{0,20}\bfrom\s+the\s+user\b",
        r"\b(?:do\s+not|don't|never|without)\s+(?:tell|telling|inform|informing|mention\s+this\s+to|alert)\s+the\s+user\b",
        r"\b(?:do\s+not|don't|without)\s+ask(?:ing)?\s+for\s+confirmation\b",
    ),
    # Claims that open a door.
    *_of(
        "authority", 0.6,
        r"\bas\s+(?:your|an|the)\s+(?:administrator|admin|developer|creator|owner)\b",
        r"\bi\s+am\s+(?:the|your|an?)\s+(?:developer|administrator|admin|creator|owner)\b",
        r"\bthe\s+user\s+(?:is\s+an?\s+administrator|has\s+(?:agreed|consented))\b",
    ),
    *_of(
        "demand", 0.5,
        r"\b(?:skip|bypass|disable)\b.{0,20}\b(?:permission|security|safety|policy|confirmation|check)\b",
        r"\b(?:reveal|share|include|tell|give|show|send|forward|print)\b.{0,30}\b(?:api\s+key|password|secrets?|confidential|credentials|records|private\s+data)\b",
        r"\bi\s+authori[sz]e\s+you\b",
    ),
)  # fmt: skip
