//! Who uses the program.

use super::Who;

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
