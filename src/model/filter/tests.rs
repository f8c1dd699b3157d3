//! What filters match, mark and refuse; and that no text makes them panic.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use proptest::prelude::*;

use super::*;
use crate::model::endpoints::Endpoints;
use crate::model::sample::{COLUMNS, cx, labels, meta, pod_of};

fn filter(text: &str) -> Filter {
    Filter::parse(text, &COLUMNS).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn sample(namespace: &str, name: &str, is_ready: bool, restarts: u32, pairs: &str) -> Record {
    let mut meta = meta(1, namespace, name);
    meta.labels = labels(pairs);
    pod_of(meta, is_ready, restarts)
}

#[test]
fn matches() {
    let endpoints = Endpoints::default();
    let cx = cx(&endpoints);
    // Created 9,000 s ago; on node-1.
    let record = sample("production", "API-status-größe", true, 17, "app=api,empty=,tier=back");
    for (text, is) in [
        ("", true),
        ("   ", true),
        ("status", true),
        ("api", true),
        ("API", true),
        ("Api", false),
        ("Status", false),
        ("GRÖ", false),
        ("grö", true),
        ("ößE", false),
        ("production", true),
        ("running", true),
        ("crash", false),
        ("17", true),
        ("18", false),
        ("node-1", false),
        ("api prod", true),
        ("api crash", false),
        ("!crash", true),
        ("!api", false),
        ("!crash !prod", false),
        ("~apst", true),
        ("~prod/api", true),
        ("~tsap", false),
        ("!~tsap", true),
        ("~APs", true),
        ("~aPs", false),
        ("/^api-s.*e$/", true),
        ("/^status/", false),
        ("/^running$/", true),
        ("/^Api/", false),
        ("/\\S+ \\d/", false),
        ("/prod|x y/ api", true),
        ("!/^17$/", false),
        ("app=api", true),
        ("app==api", true),
        ("app=web", false),
        ("app!=web", true),
        ("app!=api", false),
        ("none!=x", true),
        ("none=", false),
        ("empty=", true),
        ("!app=web", true),
        ("app=api tier=back", true),
        ("status:run", true),
        ("status:api", false),
        ("STATUS:run", true),
        ("node:node-1", true),
        ("!status:run", false),
        ("name:17", false),
        ("restarts:17", true),
        ("restarts>=17", true),
        ("restarts>17", false),
        ("restarts<17.5", true),
        ("restarts<=3", false),
        ("!restarts>3", false),
        ("\"status-gr\"", true),
        ("\"app=api\"", false),
        ("!\"api status\"", true),
        (":80", false),
        ("<none>", false),
        ("api or crash", true),
        ("crash or err", false),
        ("crash or api prod", true),
        ("api crash or prod err", false),
        ("(crash or api) and prod", true),
        ("(crash or api) (err or mist)", false),
        ("not crash", true),
        ("NOT crash AND api", true),
        ("not (crash or api)", false),
        ("!(crash or err)", true),
        ("not not api", true),
        ("not (not (api or crash))", true),
        ("((api))", true),
        ("crash or (prod and not (err or 18))", true),
        ("(/^status/ or \"status-gr\") api", true),
        ("\"or\"", false),
        ("order", false),
        ("android or api", true),
        ("status=Running", true),
        ("status=running", true),
        ("status==Running", true),
        ("status=run", false),
        ("status!=Running", false),
        ("status!=Pending", true),
        ("!status=Pending", true),
        ("restarts=17", true),
        ("restarts=17.0", true),
        ("restarts!=17", false),
        ("status=", false),
        ("label:status=Running", false),
        ("label:app=api", true),
        ("-l app=web", true),
        ("-l app=web crash", false),
        ("-f status.phase=Running api", true),
    ] {
        assert_eq!(filter(text).matches(&record, &cx), is, "{text}");
    }
    assert!(filter("node-1").with_wide(true).matches(&record, &cx));
}

#[test]
fn compares_ages() {
    static AGE: [Column; 1] = [Column {
        id: "age",
        title: "AGE",
        help: "Age.",
        align: crate::model::column::Align::Right,
        when: crate::model::column::When::Always,
        max: 5,
        cell: |_, _| crate::model::column::Cell::plain("150m"),
        order: |_, _, _| std::cmp::Ordering::Equal,
    }];
    let endpoints = Endpoints::default();
    let record = sample("ns", "a", true, 0, "");
    for (text, is) in [
        ("age<3h", true),
        ("age<2h30m", false),
        ("age<=2h30m", true),
        ("age>9000s", false),
        ("age>149m", true),
        ("age<1d", true),
        ("age>1y", false),
        ("age>=150", true),
    ] {
        let filter = Filter::parse(text, &AGE).unwrap();
        assert_eq!(filter.matches(&record, &cx(&endpoints)), is, "{text}");
    }
}

/// One column with one text in it.
macro_rules! column_of {
    ($($name:ident $id:literal $text:literal;)*) => { $(
        static $name: [Column; 1] = [Column {
            id: $id,
            title: "X",
            help: "X.",
            align: crate::model::column::Align::Left,
            when: crate::model::column::When::Always,
            max: 9,
            cell: |_, _| crate::model::column::Cell::plain($text),
            order: |_, _, _| std::cmp::Ordering::Equal,
        }];
    )* };
}

column_of! {
    CPU "cpu" "250m"; CORES "cpu" "2"; MEMORY "memory" "1536Mi"; SHARE "ready" "1/2"; NONE "ready" "0/0";
    PERCENT "used" "80%"; SINCE "duration" "5m30s"; TWICE "restarts" "5 (2d ago)"; EMPTY "node" "<none>";
}

#[test]
fn compares_by_what_a_column_means() {
    type Case = (&'static [Column], &'static [(&'static str, bool)]);
    let endpoints = Endpoints::default();
    let record = sample("ns", "a", true, 0, "");
    let tables: [Case; 9] = [
        (
            &CPU,
            &[
                ("cpu>500m", false),
                ("cpu>=250m", true),
                ("cpu<1", true),
                ("cpu=0.25", true),
                ("cpu=250m", true),
            ],
        ),
        (&CORES, &[("cpu>500m", true), ("cpu<2500m", true), ("cpu=2", true), ("cpu!=2", false)]),
        (
            &MEMORY,
            &[("memory>=1Gi", true), ("memory>2Gi", false), ("memory=1.5Gi", true), ("memory<1600M", false)],
        ),
        (
            &SHARE,
            &[
                ("ready<1", false),
                ("ready>=1", true),
                ("ready<100%", true),
                ("ready>=50%", true),
                ("ready>1/3", true),
                ("ready=1/2", true),
                ("ready=2/4", false),
                ("ready!=1/2", false),
                ("ready<2", true),
            ],
        ),
        (&NONE, &[("ready<100%", false), ("ready<1", true)]),
        (&PERCENT, &[("used>50%", true), ("used<80%", false)]),
        (
            &SINCE,
            &[("duration>5m", true), ("duration<6m", true), ("duration>1h", false), ("duration=330s", true)],
        ),
        (&TWICE, &[("restarts=5", true), ("restarts>4", true), ("restarts<5", false)]),
        (&EMPTY, &[("node=", true), ("node!=", false), ("node!=n1", true), ("node<1", false)]),
    ];
    for (columns, cases) in tables {
        for (text, is) in cases {
            let filter = Filter::parse(text, columns).unwrap();
            assert_eq!(filter.matches(&record, &cx(&endpoints)), *is, "{text} of {}", columns[0].id);
        }
    }
}

#[test]
fn selectors_are_the_servers() {
    for (text, labels, fields) in [
        ("-l app=web,tier!=db", "app=web,tier!=db", ""),
        ("-l=app=web", "app=web", ""),
        ("-lapp=web", "app=web", ""),
        ("--selector app", "app", ""),
        ("--selector=app=web x", "app=web", ""),
        ("a -l 'env in (a, b)' -l app=web", "env in (a, b),app=web", ""),
        ("-f status.phase=Failed -l a=b", "a=b", "status.phase=Failed"),
        ("--field-selector \"status.phase!=Running\" (a or b)", "", "status.phase!=Running"),
        ("a-l", "", ""),
    ] {
        let selectors = filter(text).selectors().clone();
        assert_eq!((&*selectors.labels, &*selectors.fields), (labels, fields), "{text}");
    }
    assert_eq!(filter("-f a=b -l c=d x").selectors().to_string(), "-l c=d -f a=b");
}

#[test]
fn refuses_with_reason_and_place() {
    for (text, at, why) in [
        ("ok /ab", 3, "unclosed /regex/"),
        ("/ab\\/", 0, "unclosed /regex/"),
        ("//", 0, "the /regex/ is empty"),
        ("/a/b", 3, "goes a space"),
        ("!", 0, "after ! goes"),
        ("a ! b", 2, "after ! goes"),
        ("!!a", 1, "one ! is enough"),
        ("~", 0, "after ~ go the letters"),
        ("=x", 0, "before = goes the key"),
        ("!=x", 1, "before = goes the key"),
        ("a=b=c", 3, "= cannot be in the value"),
        ("a=ü", 2, "ü cannot be in the value"),
        ("ä=b", 0, "ä cannot be in the key"),
        ("xx nginx:1.25", 3, "no column nginx; there are: namespace, name, status, ready, restarts, node"),
        ("status:", 7, "what to look for in that column"),
        ("cpu>5", 0, "no column cpu"),
        ("restarts>=many", 10, "neither a number nor a duration"),
        ("restarts>", 9, "neither a number nor a duration"),
        ("restarts>1e5", 9, "neither"),
        ("\"abc", 0, "unclosed \"text\""),
        ("\"\"", 0, "there is nothing"),
        ("a or", 2, "after or goes"),
        ("or a", 0, "before or goes"),
        ("a and", 2, "after and goes"),
        ("and a", 0, "before and goes"),
        ("a or or b", 2, "after or goes"),
        ("a not", 2, "after not goes"),
        ("not or", 0, "after not goes"),
        ("a (b or", 5, "after or goes"),
        ("a (b", 2, "unclosed ("),
        ("a )", 2, "no ( is open"),
        ("()", 0, "nothing"),
        ("(a)b", 3, "goes a space"),
        ("x or -l a=b", 5, "no or, no not"),
        ("-l a=b or x", 0, "no or, no not"),
        ("(-l a=b)", 1, "no or, no not"),
        ("not -l a=b", 4, "no or, no not"),
        ("a -l", 2, "after -l goes"),
        ("-l 'a", 3, "unclosed '"),
    ] {
        let error = Filter::parse(text, &COLUMNS).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.why.contains(why), "{text}: {error}");
    }
    let error = Filter::parse("/(a/", &COLUMNS).unwrap_err();
    assert_eq!((error.at, error.why.as_str()), (1, "/(a/: unclosed group"));
    let error = Filter::parse("/(a{1000}){1000}/", &COLUMNS).unwrap_err();
    assert!(error.why.contains("too big"), "{error}");
}

#[test]
fn marks() {
    for (text, column, cell, marked) in [
        ("an", "name", "banana", vec!["anan"]),
        ("ban nan", "name", "banana", vec!["banan"]),
        ("AN", "name", "banana", vec![]),
        ("ß", "name", "größe", vec!["ß"]),
        ("/n./", "name", "banana nx", vec!["nana", "nx"]),
        ("/x*/", "name", "banana", vec![]),
        ("!an", "name", "banana", vec![]),
        ("status:run", "status", "Running", vec!["Run"]),
        ("status:run", "name", "runner", vec![]),
        ("app=web", "name", "app=web", vec![]),
        ("~bnn", "name", "bänän", vec!["b", "n", "n"]),
        ("~bnn", "status", "banana", vec![]),
        ("none", "restarts", "none", vec![]),
        ("1", "restarts", "11", vec!["11"]),
    ] {
        let ranges = filter(text).highlights(column, cell);
        let found: Vec<_> = ranges.into_iter().map(|range| &cell[range]).collect();
        assert_eq!(found, marked, "{text} in {cell}");
    }
}

#[test]
fn knows_when_it_narrows() {
    for (old, new, is) in [
        ("", "a", true),
        ("a", "ab", true),
        ("ab", "a", false),
        ("a", "a b", true),
        ("a b", "a", false),
        ("a b", "bc ac", true),
        ("a", "!a", false),
        ("!a", "!ab", false),
        ("!a", "!a b", true),
        ("a", "A", true),
        ("a", "bA", true),
        ("A", "a", false),
        ("A", "bAc", true),
        ("n", "n1", false),
        ("1", "n1", true),
        ("~a", "~ab", true),
        ("!~a", "!~ab", false),
        ("~ab", "~a", false),
        ("/a/", "/ab/", false),
        ("/a/", "/a/ x", true),
        ("status:r", "status:ru", true),
        ("status:r", "name:ru", false),
        ("a=b", "a=b x", true),
        ("a=b", "a!=b", false),
        ("restarts>1", "restarts>2", false),
        ("a or b", "a", true),
        ("a", "a or b", false),
        ("a or b", "(ab or bc) x", true),
        ("a or b", "b or a", true),
        ("not (a or b)", "not (a or b) x", true),
        ("not (a b)", "not (ab ac b)", false),
        ("not (ab b)", "not (a b)", true),
    ] {
        assert_eq!(filter(new).narrows(&filter(old)), is, "{old} -> {new}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "([-a-zA-Z0-9!~/\"\\\\=:<>. äß(){}*+|\\[\\]]| or | not |-l ){0,24}|\\PC{0,24}", cell in "\\PC{0,16}") {
        match Filter::parse(&text, &COLUMNS) {
            Err(error) => prop_assert!(text.is_char_boundary(error.at) && !error.why.is_empty()),
            Ok(filter) => {
                let endpoints = Endpoints::default();
                filter.matches(&sample("ns", &cell, true, 3, "app=a"), &cx(&endpoints));
                for column in ["name", "status"] {
                    for range in filter.highlights(column, &cell) {
                        prop_assert!(!cell[range].is_empty());
                    }
                }
            }
        }
    }

    /// The small alphabet makes hits likely; the slow way is the definition.
    #[test]
    fn words_are_smart_case_substrings(word in "[abAß]{1,3}", name in "[abABß]{0,8}") {
        let filter = filter(&word);
        let endpoints = Endpoints::default();
        let exact = word.chars().any(char::is_uppercase);
        let expected = if exact { name.contains(&word) } else { name.to_lowercase().contains(&word) };
        let record = sample("-", &name, true, 0, "");
        let status = if exact { false } else { "running".contains(&word) };
        prop_assert_eq!(filter.matches(&record, &cx(&endpoints)), expected || status);
    }

    #[test]
    fn fuzzy_matches_what_skim_gives_points(letters in "[abcA]{1,4}", name in "[abcABC]{0,10}") {
        let endpoints = Endpoints::default();
        let skim = SkimMatcherV2::default().smart_case();
        let expected = skim.fuzzy_match(&format!("ns/{name}"), &letters).is_some();
        let record = sample("ns", &name, true, 0, "");
        prop_assert_eq!(filter(&format!("~{letters}")).matches(&record, &cx(&endpoints)), expected);
    }

    /// Narrowing may look only at what the old filter shows.
    #[test]
    fn narrowing_is_never_wrong(
        old in "(!?~?[abA1]{1,2} (or )?){0,2}!?[abA1]{1,2}", new in "(!?~?[abA1]{1,3} (or )?){0,3}(not \\([ab] [bA]\\)|[abA1])",
        name in "[abAB1]{0,6}", restarts in 0..20_u32,
    ) {
        let (old, new) = (filter(&old), filter(&new));
        let endpoints = Endpoints::default();
        let record = sample("ns", &name, true, restarts, "");
        if new.narrows(&old) && new.matches(&record, &cx(&endpoints)) {
            prop_assert!(old.matches(&record, &cx(&endpoints)));
        }
    }
}

#[test]
fn a_selector_with_blanks_goes_between_quotes() {
    for text in ["-l app in (users,web)", "-l app notin(users) crash"] {
        let said = Filter::parse(text, &COLUMNS).unwrap_err().to_string();
        assert!(said.contains("goes between quotes"), "{text}: {said}");
    }
    assert!(Filter::parse("-l \"app in (users,web)\" in", &COLUMNS).is_ok());
}
