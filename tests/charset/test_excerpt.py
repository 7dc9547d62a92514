"""The excerpt: words outside ASCII, from the text where it has enough of them."""

from florilegium.charset.excerpt import LONGEST, excerpt, without_markup


def test_markup_scripts_styles_and_comments_are_blanked() -> None:
    page = b"<p title='x'>one<SCRIPT>if (a < b) two</script>three<!-- <b>four</b> -->five<style>six</style>seven"
    assert without_markup(page).split() == [b"one", b"three", b"five", b"seven"]


def test_unclosed_comment_reaches_to_the_end() -> None:
    assert without_markup(b"one<!-- two").split() == [b"one"]


def test_words_outside_ascii_only() -> None:
    text = "déjà vu à l’école ".encode() * 8
    page = b"<img alt='\xff\xff'><script>\xfe</script>" + text
    assert excerpt(page, html=True).split() == [word for word in text.split() if not word.isascii()]


def test_markup_counts_where_the_text_has_too_little() -> None:
    assert excerpt(b"<title content='\xe9t\xe9'>abc", html=True) == b"content='\xe9t\xe9'>abc"


def test_words_far_behind_are_found() -> None:
    assert excerpt(b"a " * 200_000 + b"\xe9t\xe9", html=True) == b"\xe9t\xe9"


def test_length_is_bounded() -> None:
    assert len(excerpt(b"\xe9t\xe9 " * 5000, html=False)) == LONGEST
    assert len(excerpt(b"\xc4\xe3" * 50_000, html=True)) == LONGEST
