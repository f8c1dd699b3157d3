//! What looks like a password, a token or a key is masked. It masks rather too much than too little: who reads a hand-over can
//! ask, who published a key cannot take it back.

use regex::Regex;

/// What stands for what was there.
const MASK: &str = "****";

/// What is masked: a pattern, and what stands there instead (`$1`: what its first group has found).
const RULES: [(&str, &str); 13] = [
    // scheme://user:password@host, and scheme://token@host
    (r"(?i)\b([a-z][a-z0-9+.\-]*://[^\s/@:]*):[^\s@/]+@", "$1:****@"),
    (r"(?i)\b([a-z][a-z0-9+.\-]*://)[^\s/@:]{8,}@", "$1****@"),
    (r"(?i)\b(hooks\.slack\.com/(?:services|workflows)/)\S+", "$1****"),
    // Headers.
    (r"(?i)\b((?:set-)?cookie\\*[\x22']?\s*[:=]\s*).+", "$1****"),
    (
        r"(?i)\b((?:proxy-)?authorization\\*[\x22']?\s*[:=]\s*\\*[\x22']?(?:(?:bearer|basic|token|digest|negotiate|aws4-hmac-sha256)\s+)?)[^\s\x22'\\]+(?:[^\x22'\\\n]*signature=[^\s\x22'\\]+)?",
        "$1****",
    ),
    (r"(?i)\b(bearer\s+)[a-z0-9._~+/=\-]{6,}", "$1****"),
    (r"(?i)\b(basic\s+)(?:[a-z0-9+/]{8,}={1,2}|[a-z0-9+/]{16,})", "$1****"),
    // Three parts of base64, the first of which begins a JSON object.
    (r"\beyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)*", MASK),
    // Keys that say whose they are.
    (r"\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{12,}\b", MASK),
    (
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_\-]{16,}|xox[abeprs]-[A-Za-z0-9\-]{8,}|sk_(?:live|test)_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_\-]{16,}|AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{10,}|npm_[A-Za-z0-9]{20,}|dop_v1_[a-f0-9]{20,}|hv[sb]\.[A-Za-z0-9_\-]{16,}|SG\.[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,})",
        MASK,
    ),
    // name=value, "name": "value", name => value; escaped once more where JSON stands in JSON.
    (
        r"(?i)((?:passw(?:or)?d|passphrase|passcode|\bpass\b|[_\-]pass\b|pwd|secret|token|api[_\-]?key|access[_\-]?key|account[_\-]?key|private[_\-]?key|signing[_\-]?key|encryption[_\-]?key|credential|\bsig\b|signature|session[_\-]?id|dsn)[a-z0-9_.\-]*\\*[\x22']?\]?\s*(?:=>|:=|=|:)\s*)(?:\\+\x22.*?\\+\x22|\x22(?:[^\x22\\]|\\.)*\x22?|'[^']*'?|[^\s,;&\x22'}\])]+)",
        "$1****",
    ),
    // Flags whose value is the next word.
    (
        r"(?i)(\s--?(?:[a-z0-9\-]*(?:password|passwd|pwd|passphrase|secret|token|api-?key))\s+)[^\s\-]\S*",
        "$1****",
    ),
    (r"(\s(?:-u|--user)\s+[^\s:]+:)\S+", "$1****"),
];

/// What masks: the rules, made ready once.
pub struct Mask {
    rules: Vec<(Regex, &'static str)>,
}

impl Default for Mask {
    fn default() -> Self {
        Self::new()
    }
}

impl Mask {
    /// Ready.
    pub fn new() -> Self {
        // Each is held by a test; one that could not be read would mask nothing, so there is none.
        let rule = |(pattern, instead): &(&str, &'static str)| Some((Regex::new(pattern).ok()?, *instead));
        Self { rules: RULES.iter().filter_map(rule).collect() }
    }

    /// One line.
    pub fn line(&self, line: &str) -> String {
        let mut out = line.to_owned();
        for (rule, instead) in &self.rules {
            if rule.is_match(&out) {
                out = rule.replace_all(&out, *instead).into_owned();
            }
        }
        out
    }

    /// Several lines; a private key among them is masked from its first line to its last, even where one of these is not there.
    pub fn lines(&self, lines: &[String]) -> Vec<String> {
        let mut inside = vec![false; lines.len()];
        let mut from: Option<usize> = None;
        for (at, line) in lines.iter().enumerate() {
            let (begins, ends) = (is_edge(line, "BEGIN"), is_edge(line, "END"));
            if begins && ends {
                inside[at] = true;
                from = None;
                continue;
            }
            if begins {
                from = Some(at);
            }
            if from.is_some() {
                // What is not written as a key is is none any more.
                let still = begins || ends || is_written_as_key(line);
                inside[at] = still;
                from = from.filter(|_| still && !ends);
            } else if ends {
                // It began before the first line that is known.
                inside[at] = true;
                for before in (0..at).rev() {
                    if !is_written_as_key(&lines[before]) {
                        break;
                    }
                    inside[before] = true;
                }
            }
        }
        let all = lines.iter().zip(inside);
        all.map(|(line, inside)| if inside { key(line) } else { self.line(line) }).collect()
    }
}

/// Whether a line has the first or the last line of a private key.
fn is_edge(line: &str, word: &str) -> bool {
    let Some((_, rest)) = line.split_once(&format!("-----{word} ")) else { return false };
    rest.split_once("-----")
        .is_some_and(|(what, _)| what.ends_with("PRIVATE KEY") || what.contains("PRIVATE KEY "))
}

/// Whether the end of a line is base64, or a header of a key (`Proc-Type: 4,ENCRYPTED`), behind whatever a log puts before it.
fn is_written_as_key(line: &str) -> bool {
    let last = line.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let header = line.contains("Proc-Type:") || line.contains("DEK-Info:");
    header || (last.len() >= 16 && last.chars().all(base64))
}

/// A line of a private key: what stood before it stays.
fn key(line: &str) -> String {
    if let Some((before, _)) = line.split_once("-----BEGIN ") {
        return format!("{before}{MASK} (private key)");
    }
    let before = line.trim_end().rsplit_once(char::is_whitespace).map_or("", |(before, _)| before);
    // The last line's own words are no secret, and say nothing without the others.
    if line.contains("-----END ") {
        return MASK.to_owned();
    }
    if before.is_empty() { MASK.to_owned() } else { format!("{before} {MASK}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        assert_eq!(Mask::new().rules.len(), RULES.len());
    }

    #[test]
    fn what_looks_like_a_secret_is_masked() {
        let mask = Mask::new();
        for (line, shown) in [
            ("GET /a Authorization: Bearer abc.def-123", "GET /a Authorization: Bearer ****"),
            ("authorization=Basic dXNlcjpwYXNz", "authorization=Basic ****"),
            (r#"{"Authorization":"token 0123456789"}"#, r#"{"Authorization":"token ****"}"#),
            ("sent bearer 0123456789abcdef to x", "sent bearer **** to x"),
            ("Set-Cookie: sid=31d4d96e; Path=/", "Set-Cookie: ****"),
            ("password=hunter2 user=ann", "password=**** user=ann"),
            ("DB_PASSWORD=correct-horse-battery", "DB_PASSWORD=****"),
            ("PGPASSWORD: s3cr3t", "PGPASSWORD: ****"),
            ("MYSQL_PWD=x, next", "MYSQL_PWD=****, next"),
            ("DB_PASS=x", "DB_PASS=****"),
            (r#"{"password": "a \"b\" c", "user": "ann"}"#, r#"{"password": ****, "user": "ann"}"#),
            (r#"msg="{\"api_key\":\"0123\",\"n\":1}""#, r#"msg="{\"api_key\":****,\"n\":1}""#),
            ("client_secret='a b' done", "client_secret=**** done"),
            ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=****"),
            ("key AKIAIOSFODNN7EXAMPLE was used", "key **** was used"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "****!"),
            ("clone https://ann:tok3n@git.example.io/x.git", "clone https://ann:****@git.example.io/x.git"),
            ("postgres://shop:correct-horse@db:5432/shop", "postgres://shop:****@db:5432/shop"),
            ("redis://:pw@cache:6379/0", "redis://:****@cache:6379/0"),
            ("https://0123456789abcdef@git.example.io", "https://****@git.example.io"),
            ("token ghp_0123456789abcdefghijABCDEFGHIJ012345", "token ****"),
            ("xoxb-1234567890-abcdef", "****"),
            ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/****"),
            ("run: mysql --password hunter2 -h db", "run: mysql --password **** -h db"),
            ("curl -u ann:hunter2 https://x", "curl -u ann:**** https://x"),
            ("/blob?sv=1&sig=abc%2Fdef%3D&se=2", "/blob?sv=1&sig=****&se=2"),
            ("params => password => \"x\"", "params => password => ****"),
            ("one -----BEGIN PRIVATE KEY----- MIIE -----END PRIVATE KEY----- two", "one **** (private key)"),
        ] {
            assert_eq!(mask.lines(&[line.to_owned()]), [shown], "{line}");
        }
    }

    #[test]
    fn what_is_none_stays() {
        let mask = Mask::new();
        for line in [
            "Failed to pull image \"registry.example.io/shop/web:1.9.1\": not found",
            "http://web.shop.svc:8080/healthz answered 503",
            "see https://wiki.example.io/run@night",
            "couldn't find key POSTGRES_PASSWORD in Secret production/postgres",
            "secret \"postgres\" not found",
            "Back-off restarting failed container orders in pod orders-5b",
            "basic health check passed, 12 of 12",
            "image sha256:47150c09d53f241b63693c2df193543f0de784639c119c75b865cc99468fe4ab",
            "-----BEGIN CERTIFICATE-----",
            "user ann logged in from 10.0.0.1:443",
            "ratio=0.5 passes 3, compass=north",
        ] {
            assert_eq!(mask.lines(&[line.to_owned()]), [line]);
        }
    }

    #[test]
    fn a_key_of_several_lines_is_masked_as_a_whole() {
        let mask = Mask::new();
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
        let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let stamp = |text: &str| format!("2026-11-21T02:00:00Z {text}");
        let whole = lines(&[
            "before",
            &stamp("-----BEGIN RSA PRIVATE KEY-----"),
            &stamp("Proc-Type: 4,ENCRYPTED"),
            &stamp(body),
            &stamp("QQ0BAQEFAASC1234=="),
            &stamp("-----END RSA PRIVATE KEY-----"),
            "after",
        ]);
        let shown = mask.lines(&whole);
        assert_eq!((shown[0].as_str(), shown[6].as_str()), ("before", "after"));
        for line in &shown[1..6] {
            assert!(line.contains("****") && !line.contains(body) && !line.contains("QQ0B"), "{line}");
        }
        // Its beginning was cut off, or its end.
        let shown = mask.lines(&lines(&["x is here", body, body, "-----END PRIVATE KEY-----", "y"]));
        assert_eq!(shown, ["x is here", "****", "****", "****", "y"]);
        let shown = mask.lines(&lines(&["-----BEGIN EC PRIVATE KEY-----", body, "and more"]));
        assert_eq!(shown, ["**** (private key)", "****", "and more"]);
    }
}
