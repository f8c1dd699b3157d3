//! Messages as kubelets, runtimes and schedulers write them, and their essence.

use super::*;

#[test]
fn image_essences() {
    for (image, essence) in [
        ("pay:3.1-rc1", "pay:3.1-rc1"),
        ("registry.example.com:5000/shop/pay:3.1", "pay:3.1"),
        ("gb", "gb"),
        ("r.example/x/api@sha256:0123456789abcdef", "api@sha256:0123456"),
        ("r.example/x/api:v1@sha256:0123456789abcdef", "api:v1"),
        ("", ""),
        ("a/", ""),
        ("@", "@"),
        ("x@é", "x@é"),
    ] {
        assert_eq!(image_essence(image), essence, "{image}");
    }
}

#[test]
fn pull_causes() {
    for (reason, message, cause) in [
        (
            "ImagePullBackOff",
            "Back-off pulling image \"pay:3.1-rc1\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/pay:3.1-rc1\": failed to resolve reference \"docker.io/library/pay:3.1-rc1\": docker.io/library/pay:3.1-rc1: not found",
            "not found",
        ),
        ("ErrImagePull", "manifest unknown: manifest unknown", "not found"),
        (
            "ErrImagePull",
            "pull access denied, repository does not exist or may require authorization",
            "pull access denied",
        ),
        ("ErrImagePull", "failed to authorize: 401 Unauthorized", "pull not authorized"),
        ("ErrImagePull", "dial tcp: lookup r.example: no such host", "registry unknown (no such host)"),
        (
            "ErrImagePull",
            "429 Too Many Requests - toomanyrequests: limit",
            "pull is rate limited by the registry",
        ),
        ("ErrImagePull", "dial tcp 10.0.0.1:443: i/o timeout", "registry does not answer"),
        (
            "ErrImagePull",
            "tls: failed to verify certificate: x509: unknown",
            "registry certificate not accepted",
        ),
        (
            "ErrImagePull",
            "rpc error: no match for platform in manifest: not found",
            "has no image for the node's platform",
        ),
        (
            "ErrImagePull",
            "rpc error: code = Unknown desc = a: the disk is on fire",
            "pull failed: the disk is on fire",
        ),
        ("ImagePullBackOff", "Back-off pulling image \"x\"", "cannot be pulled"),
        ("ErrImagePull", "", "cannot be pulled"),
        ("InvalidImageName", "Failed to apply default image tag", "is no valid image name"),
        ("ErrImageNeverPull", "", "is not on the node and may not be pulled"),
    ] {
        assert_eq!(pull_cause(reason, message), cause, "{message}");
    }
}

#[test]
fn last_words_of_a_container() {
    let ended = |exit_code, reason: &'static str, message: &'static str| {
        let mut ended = Terminated::default();
        ended.exit_code = exit_code;
        ended.reason = reason.into();
        ended.message = message.into();
        ended
    };
    for (ended, words) in [
        (ended(137, "OOMKilled", ""), "exit 137 OOMKilled"),
        (ended(1, "", ""), "exit 1"),
        (ended(1, "Error", "starting\npanic: no database\n\n"), "exit 1 Error: panic: no database"),
        (ended(1, "Error", " \n "), "exit 1 Error"),
    ] {
        assert_eq!(exit(&ended), words);
    }
}

#[test]
fn short_is_short_and_clean() {
    assert_eq!(short(" a\u{1b}b "), "a␛b");
    let long = short(&"é".repeat(500));
    assert_eq!(long.chars().count(), LONGEST);
    assert!(long.ends_with('…'));
    assert_eq!(short(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
}
