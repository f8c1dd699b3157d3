//! What is typed, and the names of an archive that try to get out.

use super::*;

#[test]
fn two_paths_of_which_one_is_the_containers() {
    for (typed, way, local, remote) in [
        (":/var/log/app.log .", Way::Out, ".", "/var/log/app.log"),
        (":app.log /tmp/x", Way::Out, "/tmp/x", "app.log"),
        ("./a :/tmp/", Way::In, "./a", "/tmp/"),
        ("'my file' \":/tmp/my dir\"", Way::In, "my file", "/tmp/my dir"),
        (":'a b' c", Way::Out, "c", "a b"),
    ] {
        assert_eq!(parse(typed), Ok((way, local.to_owned(), remote.to_owned())), "{typed}");
    }
    for (typed, said) in [
        ("", "two paths are needed"),
        (":/a", "two paths are needed"),
        ("a b c", "two paths are needed"),
        ("a b", "begins with a colon"),
        (":a :b", "one path must be on this machine"),
        (": x", "a path is empty"),
        (":-rf x", "would be an option"),
        (":/var/../etc x", "leads upwards"),
        (":/ x", "has no name"),
        (":. x", "has no name"),
        ("'a :b", "a quote is not closed"),
    ] {
        let refused = parse(typed).unwrap_err();
        assert!(refused.contains(said), "{typed}: {refused}");
    }
}

#[test]
fn the_places_of_kubectl_cp() {
    for (from, to, way, namespace, local, remote) in [
        ("web-1:/var/log/app.log", ".", Way::Out, "shop", ".", "/var/log/app.log"),
        ("web-1:app.log", "/tmp/x", Way::Out, "shop", "/tmp/x", "app.log"),
        ("other/web-1:/a b", "c", Way::Out, "other", "c", "/a b"),
        ("./a", "web-1:/tmp/", Way::In, "shop", "./a", "/tmp/"),
        ("a", "other/web-1:/tmp/a:b", Way::In, "other", "a", "/tmp/a:b"),
        ("./a:b", "web-1:/tmp", Way::In, "shop", "./a:b", "/tmp"),
        ("/x/a:b", "web-1:/tmp", Way::In, "shop", "/x/a:b", "/tmp"),
        ("web-1:/a", "../b:c", Way::Out, "shop", "../b:c", "/a"),
    ] {
        let copy = kubectl(from, to, "shop").unwrap_or_else(|why| panic!("{from} {to}: {why}"));
        assert_eq!(
            (copy.way, copy.local.as_str(), copy.remote.as_str()),
            (way, local, remote),
            "{from} {to}"
        );
        assert_eq!(copy.target.to_string(), "pod/web-1", "{from} {to}");
        assert_eq!(copy.target.namespace, namespace, "{from} {to}");
    }
    for (from, to, said) in [
        ("a", "b", "one of SRC and DST must be in a container"),
        ("web-1:/a", "web-2:/a", "one of SRC and DST must be on this machine"),
        (":/a", "b", "`:/a` is not [NAMESPACE/]POD:PATH"),
        ("/web-1:/a", "b", "must be in a container"),
        ("a/b/web-1:/a", "b", "is not [NAMESPACE/]POD:PATH"),
        ("shop/:/a", "b", "is not [NAMESPACE/]POD:PATH"),
        ("web-1:", "b", "a path is empty"),
        ("web-1:/a", "", "a path is empty"),
        ("web-1:-rf", "b", "would be an option"),
        ("web-1:/var/../etc", "b", "leads upwards"),
        ("web-1:/", "b", "has no name"),
    ] {
        let refused = kubectl(from, to, "shop").unwrap_err();
        assert!(refused.contains(said), "{from} {to}: {refused}");
    }
}

#[test]
fn a_path_is_a_directory_and_a_name() {
    for (path, dir, name) in
        [("/tmp/a", "/tmp", "a"), ("/a", "/", "a"), ("a", ".", "a"), ("x/a/", "x", "a"), ("../a", "..", "a")]
    {
        assert_eq!(split(path), Some((dir.to_owned(), name.to_owned())), "{path}");
    }
    for path in ["/", ".", "..", "a/.."] {
        assert_eq!(split(path), None, "{path}");
    }
}

#[test]
fn entries_that_try_to_escape_belong_nowhere() {
    for (entry, asked, place) in [
        ("var/log", "/var/log", Ok("")),
        ("var/log/", "/var/log", Ok("")),
        ("var/log/a/b", "/var/log/", Ok("a/b")),
        ("./log/a", "log", Ok("a")),
        ("./log/a", "./log", Ok("a")),
        ("var/log/../../etc/passwd", "/var/log", Err("leads upwards")),
        ("../etc/passwd", "/var/log", Err("leads upwards")),
        ("..", "x", Err("leads upwards")),
        ("/etc/passwd", "/etc/passwd", Err("begins at the root")),
        ("//etc/passwd", "/etc/passwd", Err("begins at the root")),
        ("etc/passwd", "/var/log", Err("is not what was asked for")),
        ("var", "/var/log", Err("is not what was asked for")),
        ("var/log2/a", "/var/log", Err("is not what was asked for")),
        ("", "/var/log", Err("is not what was asked for")),
    ] {
        match (placed(Path::new(entry), asked), place) {
            (Ok(found), Ok(place)) => assert_eq!(found, Path::new(place), "{entry}"),
            (Err(said), Err(why)) => assert!(said.contains(why), "{entry}: {said}"),
            (found, _) => panic!("{entry}: {found:?}"),
        }
    }
    let shown = placed(Path::new("\u{1b}[2J/../x"), "y").unwrap_err();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn links_that_lead_out_are_known() {
    for (at, to, inside) in [
        ("a", "b", true),
        ("a", "./b/c", true),
        ("d/a", "../b", true),
        ("d/e/a", "../../b", true),
        ("a", "../b", false),
        ("d/a", "../../b", false),
        ("d/a", "../x/../../b", false),
        ("a", "d/l/../..", false),
        ("a", "/etc/passwd", false),
        ("", "a", false),
        ("", "../a", false),
    ] {
        assert_eq!(stays(Path::new(at), Path::new(to)), inside, "{at} -> {to}");
    }
}

#[test]
fn how_far_it_is_in_words() {
    let progress = Progress { bytes: 2_000_000, entries: 3 };
    assert_eq!(progress.words(2.0), "2.0 MB, 3 entries, 1.0 MB/s");
    assert_eq!(Progress { bytes: 0, entries: 1 }.words(0.0), "0 B, 1 entry, 0 B/s");
}
