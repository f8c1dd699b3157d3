//! Patterns of contexts, and who uses the program.

use super::{Who, glob};

#[test]
fn patterns_of_contexts() {
    for (pattern, name, matches) in [
        ("prod", "prod", true),
        ("prod", "prod-eu", false),
        ("prod*", "prod-eu", true),
        ("*prod*", "eu-prod-1", true),
        ("*prod", "eu-prod-1", false),
        ("*", "", true),
        ("a*b*c", "a1b2c", true),
        ("a*b*c", "a1c2b", false),
    ] {
        assert_eq!(glob(pattern, name), matches, "{pattern} {name}");
    }
}

#[test]
fn somebody_is_always_named() {
    for (user, cluster_user, uid, named) in [
        ("ada", "admin", Some(1000), ("ada", "")),
        ("ada", "", None, ("ada", "")),
        ("", "admin", Some(1000), ("admin", "kubeconfig")),
        ("", "", Some(1000), ("1000", "uid")),
        ("", "", None, ("", "")),
    ] {
        let machine = Who { user: user.to_owned(), uid, ssh_client: String::new() };
        let (who, known_by) = machine.named(cluster_user);
        assert_eq!((who.as_str(), known_by), named, "{user:?} {cluster_user:?} {uid:?}");
    }
}
