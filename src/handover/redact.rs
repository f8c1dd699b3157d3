//! What looks like a password, a token or a key is masked. It masks rather too much than too little: who reads a hand-over can
//! ask, who published a key cannot take it back.

mod names;
mod private_key;

use regex::Regex;

use names::Names;

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
    names: Names,
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
        Self { rules: RULES.iter().filter_map(rule).collect(), names: Names::new() }
    }

    /// One line.
    pub fn line(&self, line: &str) -> String {
        let mut out = self.names.line(&seen(line));
        for (rule, instead) in &self.rules {
            if rule.is_match(&out) {
                out = rule.replace_all(&out, *instead).into_owned();
            }
        }
        out
    }

    /// Several lines; a private key among them is masked from its first line to its last, even where one of these is not there.
    pub fn lines(&self, lines: &[String]) -> Vec<String> {
        let lines: Vec<String> = lines.iter().map(|line| seen(line)).collect();
        let keys = private_key::masked(&lines);
        lines.iter().zip(keys).map(|(line, key)| self.line(&key.unwrap_or_else(|| line.clone()))).collect()
    }
}

/// What is seen of a line: signs without width would keep a word from being recognized.
fn seen(line: &str) -> String {
    let hidden = |c: &char| {
        (c.is_control() && *c != '\t')
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}')
    };
    line.chars().filter(|c| !hidden(c)).collect()
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
            "bypass=true primary_key=7 cacheKey=a partition-key: 3",
            "FATAL: password authentication failed for user \"postgres\"",
            "password is required",
            "token is expired, asking for another one",
            "Failed to fetch token for user bob: connection refused",
            "secret for pod web: not found",
            "author=ann authority: web.shop keyboard=us monkey: 3",
            "2026-11-21 02:00:00 INFO started 4 workers in 31 ms",
            "level=info msg=\"listening\" addr=:8080",
            "10.0.0.1 - - [21/Nov/2026:02:00:00 +0000] \"GET / HTTP/1.1\" 200 612",
            "panic: runtime error: index out of range [3] with length 3",
            "\tat com.example.shop.Main.run(Main.java:31)",
            "<html><body>503</body></html>",
            "OOMKilled: memory 256Mi -> 512Mi",
            "the key rotated -> done",
        ] {
            assert_eq!(mask.lines(&[line.to_owned()]), [line]);
        }
    }

    #[test]
    fn secrets_in_prose_in_markup_and_behind_other_names_are_masked() {
        let mask = Mask::new();
        for (line, shown) in [
            ("password is: x1y", "password is: ****"),
            ("the password is hunter2", "the password is ****"),
            ("Password for user bob: x y", "Password for user bob: ****"),
            (
                "Generated root password for the user admin is: Xy",
                "Generated root password for the user admin is: ****",
            ),
            ("token for user bob: abc", "token for user bob: ****"),
            ("API key: abc", "API key: ****"),
            (r#"{"auth":{"bearer":"x"}}"#, r#"{"auth":{"bearer":****}}"#),
            (r#"{"auth":"x","n":1}"#, r#"{"auth":****,"n":1}"#),
            ("<password>x y</password><user>ann</user>", "<password>****</password><user>ann</user>"),
            (r#"<db:Passwd type="a">x</db:Passwd>"#, r#"<db:Passwd type="a">****</db:Passwd>"#),
            ("<apiKey>x", "<apiKey>****"),
            ("pass\u{200b}word=x", "password=****"),
            ("to\u{ad}ken\u{feff}: x", "token: ****"),
            ("pa\u{0}ss\u{8}word=x", "password=****"),
            ("DBPASS=x n=1", "DBPASS=**** n=1"),
            ("dbpass: x", "dbpass: ****"),
            ("MY_PW=x", "MY_PW=****"),
            ("STRIPE_KEY=x", "STRIPE_KEY=****"),
            ("stripe_key=x", "stripe_key=****"),
            ("BASIC_AUTH=ann", "BASIC_AUTH=****"),
            ("sshKey=x", "sshKey=****"),
        ] {
            assert_eq!(mask.lines(&[line.to_owned()]), [shown], "{line}");
        }
    }

    #[test]
    fn a_changed_variable_that_is_called_secret_has_no_values() {
        let mask = Mask::new();
        for (line, shown) in [
            ("env API_TOKEN (not set) -> abc123secret", "env API_TOKEN ****"),
            ("env DBPASS a b -> c d", "env DBPASS ****"),
            (
                "rollout deployment/web: web: env MY_PW x -> (not set)",
                "rollout deployment/web: web: env MY_PW ****",
            ),
            ("STRIPE_KEY a -> b", "STRIPE_KEY ****"),
            ("env PROXY_AUTH a -> b", "env PROXY_AUTH ****"),
            ("env MY_PW=a b, c d", "env MY_PW=****"),
            ("env DB_PASSWORD=a b", "env DB_PASSWORD=****"),
            ("env LEVEL info -> debug", "env LEVEL info -> debug"),
            ("env LEVEL=a b", "env LEVEL=a b"),
            ("env PASSWORD from secretKeyRef keys p", "env PASSWORD from secretKeyRef keys p"),
            ("revision 4: web:1 -> web:2", "revision 4: web:1 -> web:2"),
        ] {
            assert_eq!(mask.line(line), shown, "{line}");
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
