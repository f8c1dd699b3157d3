//! Image references: their parts, and which ones one may want to set.

/// The parts of a reference: `registry/repository`, tag, digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Registry and repository, e.g. `registry.example.io/shop/web`.
    pub repository: &'a str,
    /// The tag; empty when there is none (the server takes `latest`).
    pub tag: &'a str,
    /// The digest, e.g. `sha256:…`; empty when there is none.
    pub digest: &'a str,
}

/// The parts of an image's reference (the grammar of the distribution project: a colon after the last slash begins a tag).
pub fn parts(image: &str) -> Reference<'_> {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let name = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[name..].rfind(':') {
        Some(at) => Reference { repository: &rest[..name + at], tag: &rest[name + at + 1..], digest },
        None => Reference { repository: rest, tag: "", digest },
    }
}

/// A reference without the parts that are the same everywhere: `web:1.2`.
pub fn short(image: &str) -> String {
    let parts = parts(image);
    let name = parts.repository.rsplit('/').next().unwrap_or_default();
    match (parts.tag, parts.digest) {
        ("", "") => name.to_owned(),
        ("", digest) => format!("{name}@{}", digest.chars().take(14).collect::<String>()),
        (tag, _) => format!("{name}:{tag}"),
    }
}

/// What is typed as an image: a whole reference, or a tag (`:v2`) of the image that is there now.
pub fn typed(text: &str, now: &str) -> String {
    match text.strip_prefix(':') {
        Some(tag) => format!("{}:{tag}", parts(now).repository),
        None => text.to_owned(),
    }
}

/// The images of the same repository among those that were seen, in the order in which they came, each once and without
/// the one that is there now.
pub fn candidates<'a>(now: &str, seen: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let repository = parts(now).repository;
    let mut out: Vec<String> = Vec::new();
    for image in seen {
        if image != now && parts(image).repository == repository && !out.iter().any(|known| known == image) {
            out.push(image.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_parts() {
        for (image, repository, tag, digest) in [
            ("web", "web", "", ""),
            ("web:1", "web", "1", ""),
            ("r.io:5000/a/web", "r.io:5000/a/web", "", ""),
            ("r.io:5000/a/web:1.2", "r.io:5000/a/web", "1.2", ""),
            ("r.io/a/web:1@sha256:ab", "r.io/a/web", "1", "sha256:ab"),
            ("web@sha256:ab", "web", "", "sha256:ab"),
        ] {
            assert_eq!(parts(image), Reference { repository, tag, digest }, "{image}");
        }
        for (image, words) in [
            ("r.io:5000/a/web:1.2", "web:1.2"),
            ("r.io/a/web", "web"),
            ("r.io/a/web@sha256:0123456789abcdef", "web@sha256:0123456"),
            ("r.io/a/web:1@sha256:ab", "web:1"),
        ] {
            assert_eq!(short(image), words, "{image}");
        }
        assert_eq!(typed(":2", "r.io:5000/web:1"), "r.io:5000/web:2");
        assert_eq!(typed("other:2", "web:1"), "other:2");
    }

    #[test]
    fn candidates_are_of_the_same_repository() {
        let seen = ["web:1", "other:9", "web:2", "web:3", "web:2"];
        assert_eq!(candidates("web:3", seen), ["web:1", "web:2"]);
    }
}
