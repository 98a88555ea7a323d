from tools.stylesheets import keep_classes


def test_a_rule_stays_where_the_kept_classes_can_match_it():
    css = (
        "/* .no{} */a,.btn:hover,.modal a{color:red}.modal{top:0}"
        ".btn:not(.disabled,.modal):focus{top:1px}.btn.modal{top:2px}"
    )
    assert keep_classes(css, {"btn"}) == (
        "a,.btn:hover{color:red}\n.btn:not(.disabled,.modal):focus{top:1px}\n"
    )


def test_a_group_stays_with_what_is_left_in_it():
    css = "@media print{.modal{top:0}}@media (width>9px){.btn{top:0}.modal{top:0}}"
    assert keep_classes(css, {"btn"}) == "@media (width>9px){.btn{top:0}\n}\n"


def test_what_nothing_reads_or_plays_any_more_goes():
    css = (
        ":root{--a:var(--b);--b:1px;--c:2px;--d:var(--c)}.modal{top:var(--d)}"
        ".btn{left:var(--a);animation:1s spin}"
        "@keyframes spin{to{top:0}}@keyframes grow{to{top:9px}}"
    )
    assert keep_classes(css, {"btn"}) == (
        ":root{--a:var(--b);--b:1px}\n.btn{left:var(--a);animation:1s spin}\n"
        "@keyframes spin{to{top:0}}\n"
    )


def test_signs_in_quotes_and_brackets_are_words():
    css = ".btn{background:url(data:a;b);content:\"};,\"}.btn[title='a,b{}']{top:0}"
    assert keep_classes(css, {"btn"}) == (
        ".btn{background:url(data:a;b);content:\"};,\"}\n.btn[title='a,b{}']{top:0}\n"
    )
