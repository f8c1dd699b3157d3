//! The kubeconfig's rules, as tables.

use std::ffi::OsString;
use std::path::Path;

use super::*;

const ONE: &str = "
apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: prod, cluster: {server: 'https://prod:6443', certificate-authority: ca.pem}}
- {name: dev, cluster: {server: 'https://dev:6443', proxy-url: 'socks5://user:pw@proxy:1080'}}
contexts:
- {name: prod, context: {cluster: prod, user: admin, namespace: shop}}
- {name: dev, context: {cluster: dev, user: nobody}}
- {name: broken, context: {cluster: none, user: admin}}
users:
- {name: admin, user: {tokenFile: secrets/token}}
- {name: other, user: {token: abc, as: jane}}
";
const TWO: &str = "
current-context: dev
clusters:
- {name: prod, cluster: {server: 'https://elsewhere:6443'}}
- {name: lab, cluster: {server: 'lab:8080'}}
contexts:
- {name: prod, context: {cluster: lab}}
- {name: lab, context: {cluster: lab}}
";

struct Dir(tempfile::TempDir);

impl Dir {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn list(&self, names: &[&str]) -> Surroundings {
        let list: OsString = std::env::join_paths(names.iter().map(|name| self.path(name))).unwrap();
        Surroundings { kubeconfig: Some(list), home: Some(self.0.path().into()), ..Surroundings::default() }
    }
}

fn options(change: impl FnOnce(&mut ConnectOptions)) -> ConnectOptions {
    let mut options = ConnectOptions::default();
    change(&mut options);
    options
}

#[test]
fn files_are_merged_and_the_first_wins() {
    let dir = Dir::new(&[("one", ONE), ("two", TWO)]);
    let target = load_in(&ConnectOptions::default(), dir.list(&["missing", "one", "two"])).unwrap();
    assert_eq!((target.context.as_str(), target.server.as_str()), ("prod", "https://prod:6443"));
    assert_eq!((target.user.as_str(), target.namespace.as_str()), ("admin", "shop"));
    let names: Vec<_> = target.contexts.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(names, ["prod", "dev", "broken", "lab"]);
    // Paths are relative to the file that names them.
    assert_eq!(target.auth.token_file.as_deref().map(Path::new), Some(dir.path("secrets/token").as_path()));
    assert_eq!(
        target.entry.certificate_authority.as_deref().map(Path::new),
        Some(dir.path("ca.pem").as_path())
    );

    let lab = load_in(&options(|o| o.context = Some("lab".into())), dir.list(&["one", "two"])).unwrap();
    assert_eq!((lab.uri.to_string().as_str(), lab.namespace.as_str()), ("http://lab:8080/", "default"));
}

#[test]
fn the_home_file_and_the_flag() {
    let dir = Dir::new(&[(".kube/config", TWO), ("one", ONE)]);
    let mut around = dir.list(&[]);
    around.kubeconfig = None;
    let target = load_in(&options(|o| o.context = Some("lab".into())), around.clone()).unwrap();
    assert_eq!(target.cluster, "lab");
    // The flag beats KUBECONFIG and is not merged with anything.
    let flag = options(|o| o.kubeconfig = Some(dir.path("one")));
    let target = load_in(&flag, dir.list(&[".kube/config"])).unwrap();
    assert_eq!((target.context.as_str(), target.contexts.len()), ("prod", 3));
    let flag = options(|o| o.kubeconfig = Some(dir.path("missing")));
    let trouble = load_in(&flag, around).unwrap_err();
    assert_eq!(trouble.file, Some(dir.path("missing")));
    assert!(trouble.to_string().contains("no such file") && trouble.advice.contains("--demo"), "{trouble}");
}

#[test]
fn overrides() {
    let dir = Dir::new(&[("one", ONE)]);
    let load = |o: ConnectOptions| load_in(&o, dir.list(&["one"]));
    let target = load(options(|o| {
        o.cluster = Some("dev".into());
        o.user = Some("other".into());
        o.namespace = Some("lab".into());
        o.as_groups = vec!["ops".into()];
        o.request_timeout = Some(Duration::ZERO);
    }))
    .unwrap();
    assert_eq!((target.context.as_str(), target.cluster.as_str()), ("prod", "dev"));
    assert_eq!((target.user.as_str(), target.namespace.as_str()), ("other", "lab"));
    assert_eq!(target.auth.impersonate.as_deref(), Some("jane"), "kept from the kubeconfig");
    assert_eq!(target.auth.impersonate_groups, Some(vec!["ops".to_owned()]));
    assert_eq!(target.request_timeout, None);
    assert_eq!(target.proxy.map(|uri| uri.to_string()).as_deref(), Some("socks5://user:pw@proxy:1080/"));

    for (change, said) in [
        (options(|o| o.context = Some("nope".into())), "no context \"nope\""),
        (options(|o| o.context = Some("broken".into())), "no cluster \"none\", which context \"broken\""),
        (options(|o| o.user = Some("nope".into())), "no user \"nope\""),
    ] {
        let trouble = load(change).unwrap_err();
        assert!(trouble.said.contains(said), "{trouble}");
    }
}

#[test]
fn the_session_keeps_what_was_read() {
    let dir = Dir::new(&[("one", ONE)]);
    let target = load_in(&ConnectOptions::default(), dir.list(&["one"])).unwrap();
    std::fs::write(dir.path("one"), "current-context: evil").unwrap();
    let dev = target.switch("dev").unwrap();
    assert_eq!((dev.server.as_str(), dev.user.as_str()), ("https://dev:6443", "nobody"));
    assert!(target.switch("evil").is_err());
}

#[test]
fn broken_files_are_told_with_their_line() {
    for (text, line, said) in [
        ("clusters:\n- name: x\n  cluster: {server: \"a\n", Some(3), "not valid YAML"),
        ("clusters:\n- name: x\n\tcluster: 1\n", Some(3), "not valid YAML"),
        ("contexts: 5\n", Some(1), "kubeconfig"),
        ("", None, "empty"),
        ("apiVersion: v1\nkind: Config\n", None, "empty"),
    ] {
        let dir = Dir::new(&[("config", text)]);
        let trouble = load_in(&ConnectOptions::default(), dir.list(&["config"])).unwrap_err();
        assert_eq!(trouble.file, Some(dir.path("config")), "{text:?}");
        assert!(trouble.said.contains(said), "{text:?}: {trouble}");
        assert!(trouble.advice.contains("--demo"));
        if line.is_some() {
            assert!(trouble.line.is_some(), "{text:?}: {trouble}");
        }
    }
    let dir = Dir::new(&[]);
    let trouble = load_in(&ConnectOptions::default(), dir.list(&["a", "b"])).unwrap_err();
    assert!(trouble.said.contains("no kubeconfig found") && trouble.said.contains("/b"), "{trouble}");
}

#[test]
fn a_pod_uses_its_service_account() {
    let dir = Dir::new(&[("account/token", "t"), ("account/namespace", "kube-system\n")]);
    let around = Surroundings {
        home: Some(dir.path("nobody")),
        service_account: dir.path("account"),
        variables: vec![
            ("KUBERNETES_SERVICE_HOST".into(), "fd00::1".into()),
            ("KUBERNETES_SERVICE_PORT".into(), "443".into()),
        ],
        ..Surroundings::default()
    };
    let target = load_in(&ConnectOptions::default(), around).unwrap();
    assert_eq!(target.server, "https://[fd00::1]:443");
    assert_eq!(target.namespace, "kube-system");
    assert_eq!(target.auth.token_file.as_deref().map(Path::new), Some(dir.path("account/token").as_path()));
}

#[test]
fn proxies_of_the_environment_spare_no_proxy_and_loopback() {
    for (server, no_proxy, used) in [
        ("https://prod:6443", "", Some("http://p:3128/")),
        ("https://prod:6443", "prod", None),
        ("https://a.corp.example:6443", ".corp.example", None),
        ("https://10.1.2.3:6443", "10.0.0.0/8", None),
        ("https://11.1.2.3:6443", "10.0.0.0/8", Some("http://p:3128/")),
        ("https://prod:6443", "p", Some("http://p:3128/")),
        ("https://prod:6443", "*", None),
        ("https://127.0.0.1:6443", "", None),
        ("https://localhost:6443", "", None),
        ("http://prod:8080", "", None),
    ] {
        let around = Surroundings {
            variables: vec![("https_proxy".into(), "p:3128".into()), ("NO_PROXY".into(), no_proxy.into())],
            ..Surroundings::default()
        };
        let found = proxy(&ClusterEntry::default(), &server.parse().unwrap(), &around).unwrap();
        assert_eq!(found.map(|uri| uri.to_string()).as_deref(), used, "{server} {no_proxy}");
    }
}
