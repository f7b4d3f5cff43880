"""Output rules: what is disarmed, what is left alone, and that cutting a text changes nothing."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_gateway.guardrails.output_rules import OutputRules

# Assembled, so that no scanner of secrets takes this file for a leak.
AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB_TOKEN = "ghp_" + "a1B2" * 9
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEow" * 40 + "\n" + "-----END RSA " + "PRIVATE KEY-----"


def whole(text: str, *, stop: bool = False) -> tuple[str, bool, list[str]]:
    return pieces([text], stop=stop)


def pieces(parts: list[str], *, stop: bool = False) -> tuple[str, bool, list[str]]:
    async def run() -> tuple[str, bool, list[str]]:
        text_filter = OutputRules("output").during(where="t", stop=stop)
        out, kinds = "", []
        for index, part in enumerate(parts):
            filtered = await text_filter.feed(part, final=index == len(parts) - 1)
            out += filtered.text
            kinds += [finding.kind for finding in filtered.findings]
            if filtered.stopped:
                return out, True, kinds
        return out, False, kinds

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("<SCRIPT\nsrc=x>", "&lt;SCRIPT\nsrc=x>"),
        ("<scr<script>ipt>", "<scr&lt;script>ipt>"),
        ("<<script>script>", "<&lt;script>script>"),
        ("<iframe src=/a></iframe>", "&lt;iframe src=/a>&lt;/iframe>"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>"),
        ("<b/onclick=x>", "&lt;b/onclick=x>"),
        ("<b title='>' onclick=x>", "&lt;b title='>' onclick=x>"),
        ("<b ' onclick=x>", "&lt;b ' onclick=x>"),
        ("<n; onmouseover = x>", "&lt;n; onmouseover = x>"),
        ("<img src=https://a.example/?d=1>", "&lt;img src=https://a.example/?d=1>"),
        ('<img src="//a.example/x">', '&lt;img src="//a.example/x">'),
        ('<img src="\\\\a.example/x">', '&lt;img src="\\\\a.example/x">'),
        ('<img src="/\\a.example/x">', '&lt;img src="/\\a.example/x">'),
        ('<img src="ht&#116;ps&colon;//a.example">', '&lt;img src="ht&#116;ps&colon;//a.example">'),
        (
            '<img srcset="a.png 1x, https://a.example/b.png 2x">',
            '&lt;img srcset="a.png 1x, https://a.example/b.png 2x">',
        ),
        ('<a href="java&#x0A;script:alert(1)">x</a>', '&lt;a href="java&#x0A;script:alert(1)">x</a>'),
        ('<p style="background:url(https://a.example)">', '&lt;p style="background:url(https://a.example)">'),
        ("<a href=https://a.example ping=https://b.example>", "&lt;a href=https://a.example ping=https://b.example>"),
        ("<img src=https://a.example/", "&lt;img src=https://a.example/"),
        ("<javascript:alert(1)>", "&lt;javascript:alert(1)>"),
        ("![a](https://a.example/?d=1) b", "[remote image removed] b"),
        ('![a](<https://a.example/x y> "t)") b', "[remote image removed] b"),
        ("![a [b] c](//a.example/x(1))", "[remote image removed]"),
        ("![a](\n  http\\://a.example)", "[remote image removed]"),
        ("![a](https://a.example 'open", "&#33;[a](https://a.example 'open"),
        ("![![x](http://a.example)](http://b.example)", "[remote image removed]"),
        ("![a][r]\n\n[r]: https://a.example/x", "![a][r]\n\n&#91;r]: https://a.example/x"),
        ("![R]\n\n[r]: <https://a.example/x>", "![R]\n\n&#91;r]: <https://a.example/x>"),
        ("[r]: https://a.example/x\n\n![a][ R ]", "[r]: https://a.example/x\n\n&#33;[a][ R ]"),
        ("[x](javascript:alert(1))", "[x]&#40;javascript:alert(1))"),
        ("[x]( java&#115;cript:alert(1))", "[x]&#40; java&#115;cript:alert(1))"),
        ("<b " + "a" * 1100 + " onclick=x>", "&lt;b " + "a" * 1100 + " onclick=x>"),
    ],
)
def test_active_content_is_disarmed(text: str, expected: str) -> None:
    assert whole(text)[0] == expected
    # `block` has the same effect: it stops for secrets only.
    assert whole(text, stop=True)[:2] == (expected, False)


@pytest.mark.parametrize(
    "text",
    [
        "a < b && c > d, x<y, List<String>, Vec<u8>, std::vector<data::Point> v;",
        "for (let i = 0; i<n; i++) { if (a<b) { return a->b; } }",
        "<p>Hello <b>you</b>, <a href='https://a.example'>link</a> <img src='cat.png' alt=x></p>",
        '<img src="data:image/png;base64,AAAA">',
        "![local](img/cat.png) ![x](/a.png) [link](https://a.example 'title')",
        'let v = vec![1, 2, 3]; #![allow(dead_code)] println!["x"]',
        "[1]: https://a.example\nSee [1].",
        "AKIA is a prefix, ghp_short is none, task-sk-1, -----BEGIN CERTIFICATE-----",
        "XAKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLE1",
        "<EMAIL_ADDRESS> and <your-name>",
        "a <",
        "wow!",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert whole(text) == (text, False, [])


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        (AWS_KEY, "AWS_ACCESS_KEY_ID"),
        (GITHUB_TOKEN, "GITHUB_TOKEN"),
        ("github_pat_" + "A" * 22 + "_" + "b" * 59, "GITHUB_TOKEN"),
        (PRIVATE_KEY, "PRIVATE_KEY"),
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3Blb", "PRIVATE_KEY"),
        ("xoxb-" + "1234567890-abcdefghijkl", "SLACK_TOKEN"),
        ("AIza" + "Sy" + "a" * 33, "GOOGLE_API_KEY"),
        ("hf_" + "a" * 34, "HUGGING_FACE_TOKEN"),
        ("sk_live_" + "a" * 24, "STRIPE_KEY"),
        ("sk-proj-" + "a" * 48, "MODEL_PROVIDER_KEY"),
        ("glpat-" + "a" * 20, "GITLAB_TOKEN"),
    ],
)
def test_secrets_are_replaced_or_end_the_text(secret: str, kind: str) -> None:
    assert whole(f"key={secret}") == (f"key=<{kind}>", False, [kind])
    assert whole(f"key={secret} and more", stop=True) == ("key=", True, [kind])


def test_a_secret_right_behind_another_one_is_found_too() -> None:
    assert whole(AWS_KEY + GITHUB_TOKEN)[0] == "<AWS_ACCESS_KEY_ID><GITHUB_TOKEN>"


FRAGMENTS = st.sampled_from(
    [
        AWS_KEY,
        GITHUB_TOKEN,
        PRIVATE_KEY,
        PRIVATE_KEY[:70],
        "AKIA",
        "gh",
        "p_",
        "sk-",
        "-----BEGIN ",
        "<",
        ">",
        "</",
        "<script>",
        "<img src=",
        "https://a.example/",
        "//a",
        '"',
        "'",
        " onerror=",
        "=",
        "!",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "]: ",
        "r",
        "[r]: https://a.example\n",
        "![a][r]",
        "![a](https://a.example/x)",
        "\\",
        "\n",
        "\n\n",
        " ",
        "javascript:",
        "&#x6a;",
        "data:image/png;base64,",
        "a",
        "\u0130",
        "\u212a",
        "\u017f",
        "x" * 300,
        "y " * 550,
        "z" * 2100,
        "\U0001f600",
        "<a href='",
        '<b title="',
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=8), max_size=14).map("".join)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, cuts=st.lists(st.integers(0, 3000), max_size=12), stop=st.booleans())
def test_however_a_text_is_cut_the_same_comes_out(text: str, cuts: list[int], stop: bool) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts})
    parts = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    assert pieces(parts, stop=stop) == whole(text, stop=stop)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, stop=st.booleans())
def test_cut_into_single_characters_the_same_comes_out(text: str, stop: bool) -> None:
    assert pieces([*text, ""], stop=stop) == whole(text, stop=stop)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
def test_what_comes_out_has_nothing_left_to_find(text: str) -> None:
    once, _, _ = whole(text)
    assert whole(once)[2] == []


def test_an_image_too_long_to_read_loses_its_mark_however_it_is_cut() -> None:
    for text in ("![a](" + "x" * 2100 + ")", "![" + "x" * 2100 + "](b)", "![a][" + "x" * 2100 + "]"):
        assert whole(text)[0] == "&#33;" + text[1:]
        assert pieces([text[start : start + 100] for start in range(0, len(text), 100)]) == whole(text)


def test_findings_tell_the_place_in_the_whole_text() -> None:
    async def run() -> list[tuple[int | None, int | None]]:
        text_filter = OutputRules("output").during(where="t", stop=False)
        found = []
        for part in ("first <scr", "ipt> then ", AWS_KEY[:7], AWS_KEY[7:] + " end"):
            found += (await text_filter.feed(part)).findings
        found += (await text_filter.feed("", final=True)).findings
        return [(finding.start, finding.end) for finding in found]

    assert asyncio.run(run()) == [(6, 7), (20, 40)]


def test_ordinary_pieces_are_not_held_back() -> None:
    async def run() -> list[str]:
        text_filter = OutputRules("output").during(where="t", stop=True)
        return [(await text_filter.feed(part)).text for part in ("Hello ", "you, ", "here is ", "code: `a = b + 1`. ")]

    assert asyncio.run(run()) == ["Hello ", "you, ", "here is ", "code: `a = b + 1`. "]
